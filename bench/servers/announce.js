// How does a bench server tell the runner that it listens? One line of JSON on standard output.

/** `version` names what answers: package and runtime versions as a person would quote them. */
export function announce(port, version) {
  process.stdout.write(`${JSON.stringify({ ready: true, port, version })}\n`);
}

/** The load this process was started for. Ends the process with a sentence when the server cannot answer it. */
export function chosen(handlers) {
  const name = process.argv[2] ?? "";
  const handler = handlers[name];
  if (handler === undefined) {
    process.stderr.write(`Unknown load "${name}". Known: ${Object.keys(handlers).join(", ")}.\n`);
    process.exit(2);
  }
  return handler;
}
