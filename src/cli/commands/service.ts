// `easyserver service`: hands the server to systemd, with every right that it does not need taken away.

import { realpathSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ServerError } from "../../errors.ts";
import { invalidOptions, resolveOptions } from "../../options.ts";
import { type CommandLine, type Flag, readCommandLine } from "../command-flags.ts";
import type { Command } from "../commands.ts";
import { EXIT } from "../failure.ts";
import { parseArguments } from "../arguments.ts";
import { settingsFileIn } from "../load-config.ts";
import { serviceUnit } from "../service-unit.ts";

const LINE = {
  name: "service",
  usage: "install [options] -- <app> [server options]",
  about:
    "Writes a systemd unit that runs the server as a user of its own, restarts it when it fails, and lets it have ports 80 and " +
    "443 and nothing else of root's rights. What follows -- is the command line of the server. Run it as root.",
  examples: [
    "sudo easyserver service install -- ./app.js --domain example.com --email me@example.com",
    "easyserver service install --dry-run -- ./app.js --port 8080",
  ],
  positionals: { from: 1, to: Number.MAX_SAFE_INTEGER },
  flags: {
    name: {
      placeholder: "<name>",
      help: "Name of the unit, and of its folder under /var/lib.",
      defaultText: "easyserver",
    },
    user: {
      placeholder: "<user>",
      help: "User to run as, who must exist.",
      defaultText: "one that systemd makes for the time it runs",
    },
    directory: { placeholder: "<dir>", help: "Working directory.", defaultText: "the current one" },
    output: { placeholder: "<dir>", help: "Folder for the unit.", defaultText: "/etc/systemd/system" },
    dryRun: { help: "Print the unit, and write nothing." },
  },
} as const satisfies CommandLine<Readonly<Record<string, Flag>>>;

const UNIT_NAME = /^[a-z][a-z0-9_.-]{0,60}$/i;

export const command: Command = {
  run(argv) {
    const given = readCommandLine(LINE, argv);
    return Promise.resolve(given === null ? EXIT.ok : install(given.flags, given.positionals));
  },
};

type Flags = NonNullable<ReturnType<typeof readCommandLine<typeof LINE.flags>>>["flags"];

function install(flags: Flags, [verb, ...server]: readonly string[]): number {
  if (verb !== "install") {
    throw invalidOptions([`easyserver service ${JSON.stringify(verb)} does not exist: easyserver service install.`]);
  }
  const name = flags.name ?? "easyserver";
  if (!UNIT_NAME.test(name)) {
    throw invalidOptions([`--name is ${JSON.stringify(name)}; it must be letters, digits and . _ -, such as myapp.`]);
  }
  // A flag that is wrong shows here, and not in a journal after the next boot.
  const { app, settings, command: own } = parseArguments(server);
  resolveOptions({ flags: settings });
  const directory = resolve(flags.directory ?? ".");
  const isNothing = app === null && !("static" in settings) && !("media" in settings) && !("config" in own);
  if (isNothing && settingsFileIn(directory) === null) {
    throw invalidOptions(["easyserver service install needs what to serve: -- ./app.js, or -- --static ./public."]);
  }
  // What runs now, behind the link in node_modules/.bin.
  const main = realpathSync(process.argv[1] ?? "");
  if (main.includes("/_npx/")) {
    throw invalidOptions([
      "npx keeps this copy of easyserver for a while only: npm install easyserver, then npx easyserver service …",
    ]);
  }
  const unit = serviceUnit({
    name,
    user: flags.user ?? null,
    directory,
    node: process.execPath,
    command: main,
    server,
    description: app ?? "static files",
  });
  if (flags.dryRun) {
    process.stdout.write(unit);
    return EXIT.ok;
  }
  const file = join(flags.output ?? "/etc/systemd/system", `${name}.service`);
  return write(file, unit, name);
}

function write(file: string, unit: string, name: string): number {
  try {
    writeFileSync(file, unit, { mode: 0o644 });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ServerError(
      "ERR_RIGHTS",
      `${file} cannot be written: ${reason}. Run it with sudo, or print it with --dry-run.`,
    );
  }
  process.stdout.write(
    `Wrote ${file}. Now:\n  systemctl daemon-reload\n  systemctl enable --now ${name}\n  journalctl -fu ${name}\n`,
  );
  return EXIT.ok;
}
