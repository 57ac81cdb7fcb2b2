// Which commands are there beside serving? Each is a file of its own under commands/, loaded only when it is asked for.

/** What a command's file exports as `command`. */
export interface Command {
  /**
   * Runs the command with the arguments after its name, to its end, and gives the exit code.
   *
   * @throws ServerError, which becomes a message on stderr and its exit code
   */
  run(argv: readonly string[]): Promise<number>;
}

/** A command as the help lists it. */
export interface CommandEntry {
  readonly name: string;
  /** What it takes, as usage shows it. */
  readonly usage: string;
  /** One line: what it does. */
  readonly summary: string;
  load(): Promise<Command>;
}

/** Every command, in the order of the help. An app of the same name is reached as `./name`. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "precompress",
    usage: "<dir> [options]",
    summary: "Make compressed copies of the files of a folder, for the server to send to who takes them.",
    load: async () => (await import("./commands/precompress.ts")).command,
  },
  {
    name: "check",
    usage: "[app] [options]",
    summary: "Say whether a server with these settings would work here: ports, store, DNS, limits.",
    load: async () => (await import("./commands/check.ts")).command,
  },
  {
    name: "certs",
    usage: "[list | renew | import] [options]",
    summary: "Show the certificates of the store, renew them now, or bring one along.",
    load: async () => (await import("./commands/certs.ts")).command,
  },
  {
    name: "trust",
    usage: "[options]",
    summary: "Make the browsers of this machine accept the local authority of --https.",
    load: async () => (await import("./commands/trust.ts")).trust,
  },
  {
    name: "untrust",
    usage: "[options]",
    summary: "Take the local authority out of the trust stores of this machine.",
    load: async () => (await import("./commands/trust.ts")).untrust,
  },
  {
    name: "conformance",
    usage: "host <url|module> | adapter <module> [options]",
    summary: "Judge a host or an adapter, of anybody's, by SPEC.md.",
    load: async () => (await import("./commands/conformance.ts")).command,
  },
  {
    name: "lint",
    usage: "<app>",
    summary: "Check an app against the contract (SPEC.md), without a port.",
    load: async () => (await import("./commands/lint.ts")).command,
  },
  {
    name: "service",
    usage: "install [options] -- <app> [server options]",
    summary: "Write a systemd unit that runs the server without root, with ports 80 and 443.",
    load: async () => (await import("./commands/service.ts")).command,
  },
];

/** The command that the first argument names, or `null`: then the argument is an app. */
export function commandNamed(argument: string | undefined): CommandEntry | null {
  return COMMANDS.find(({ name }) => name === argument) ?? null;
}
