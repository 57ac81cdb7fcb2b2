// `easyserver check`: would a server with these settings work here? Listens on nothing, orders nothing.

import { storeFolder, wantsCertificates } from "../../tls/settings.ts";
import { isPublicServer, portsOf } from "../../options/https.ts";
import type { ResolvedOptions } from "../../options.ts";
import {
  checkClock,
  checkDescriptors,
  checkLibc,
  checkName,
  checkPort,
  checkReload,
  checkSettings,
  checkStorage,
  type Finding,
} from "../checks.ts";
import type { CommandLine, Flag } from "../command-flags.ts";
import type { Command } from "../commands.ts";
import { EXIT } from "../failure.ts";
import { loadApp } from "../load-app.ts";
import { becomeForGood, findAccount, makeFolderFor, refuseToStayRoot } from "../../rights.ts";
import { readWithSettings } from "../settings.ts";

const LINE = {
  name: "check",
  usage: "[app] [options]",
  about:
    "Looks at the settings, the engine, clock, limits, ports and the certificate store, and at the DNS records of the domains. Takes " +
    "the settings of the server as flags, too. Ends with 0 when nothing failed. Without domains, or with --offline, it uses no network.",
  examples: ["easyserver check ./app.js --domain example.com", "easyserver check --offline --json"],
  positionals: { from: 0, to: 1 },
  flags: {
    offline: { help: "Ask no name server." },
    json: { help: "Print the findings as JSON and nothing else." },
  },
} as const satisfies CommandLine<Readonly<Record<string, Flag>>>;

export const command: Command = {
  async run(argv) {
    const given = await readWithSettings(LINE, argv);
    if (given === null) return EXIT.ok;
    const [app = null] = given.positionals;
    const findings = await findingsOf(given.settings, app, given.flags.offline);
    if (given.flags.json) process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
    else
      process.stdout.write(
        findings.map(({ level, check, message }) => `${level.padEnd(4)} ${check}: ${message}\n`).join(""),
      );
    return findings.some(({ level }) => level === "fail") ? EXIT.failedStart : EXIT.ok;
  },
};

async function findingsOf(
  settings: ResolvedOptions,
  app: string | null,
  offline: boolean,
): Promise<readonly Finding[]> {
  const ports = portsOf(settings);
  const host = isPublicServer(settings) && settings.host === "localhost" ? "::" : settings.host;
  const names = offline ? [] : settings.domains.flat();
  return [
    ...checkSettings(settings),
    await checkEngine(settings),
    checkLibc(),
    checkDescriptors(),
    checkClock(Date.now()),
    ...(settings.workers > 0 && settings.engine !== "node" ? [checkReload()] : []),
    ...(await Promise.all(ports.filter((port) => port !== 0).map((port) => checkPort(host, port)))),
    // From here on with the rights that the server will have.
    ...checkUser(settings, ports),
    ...(app === null ? [] : [await checkApp(app)]),
    ...(wantsCertificates(settings) ? [await checkStorage(settings)] : []),
    ...(await Promise.all(names.map((name) => checkName(name, settings)))).flat(),
  ];
}

async function checkEngine({ engine }: ResolvedOptions): Promise<Finding> {
  const { availableEngine } = await import("../../index.ts");
  try {
    const { name, version, note } = await availableEngine(engine);
    return {
      check: "engine",
      level: note === null ? "ok" : "warn",
      message: `${name} ${version}${note === null ? "" : `: ${note}`}`,
    };
  } catch (error) {
    return { check: "engine", level: "fail", message: (error as Error).message };
  }
}

/** Becomes the user of the server for good, as the server does. */
function checkUser(settings: ResolvedOptions, ports: readonly number[]): readonly Finding[] {
  const check = "user";
  try {
    refuseToStayRoot({ ...settings, ports });
    if (settings.user === null) return [];
    const account = findAccount(settings.user);
    const folder = storeFolder(settings);
    if (folder !== null) makeFolderFor(account, folder);
    becomeForGood(account);
    return [{ check, level: "ok", message: `${settings.user} may read the files of easyserver` }];
  } catch (error) {
    return [{ check, level: "fail", message: (error as Error).message }];
  }
}

async function checkApp(path: string): Promise<Finding> {
  try {
    await loadApp(path, process.cwd());
    return { check: "app", level: "ok", message: `${path} can be loaded` };
  } catch (error) {
    return { check: "app", level: "fail", message: (error as Error).message };
  }
}
