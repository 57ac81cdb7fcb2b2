// `easyserver trust` and `untrust`: make this machine's browsers accept the local authority of --https, or stop it.

import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { ServerError } from "../../errors.ts";
import { environment, type ResolvedOptions } from "../../options.ts";
import { ensureRoot, loadRoot, type LocalRoot } from "../../tls/local-ca.ts";
import { openStore } from "../../tls/open.ts";
import { isRedis } from "../../tls/settings.ts";
import { trustPlaces } from "../../tls/trust.ts";
import type { CommandLine, Flag } from "../command-flags.ts";
import type { Command } from "../commands.ts";
import { EXIT } from "../failure.ts";
import { readWithSettings } from "../settings.ts";

const FLAGS = { force: { help: "Do it in a container or in CI, too." } } as const satisfies Readonly<
  Record<string, Flag>
>;

const TRUST = {
  name: "trust",
  usage: "[options]",
  about:
    "Puts the root of the local authority into the trust stores of this machine: the system's (asks for sudo), Firefox's and " +
    "Chromium's (by certutil of NSS). The root vouches for localhost, .local, .internal and private addresses only.",
  examples: ["easyserver trust", "easyserver ./app.js --https"],
  positionals: { from: 0, to: 0 },
  flags: FLAGS,
} as const satisfies CommandLine<typeof FLAGS>;

const UNTRUST = {
  ...TRUST,
  name: "untrust",
  about: "Takes the root of the local authority out of the trust stores of this machine.",
  examples: ["easyserver untrust"],
} as const satisfies CommandLine<typeof FLAGS>;

export const trust: Command = {
  run: async (argv) => await change(TRUST, argv, "add"),
};

export const untrust: Command = {
  run: async (argv) => await change(UNTRUST, argv, "remove"),
};

async function change(
  line: CommandLine<typeof FLAGS>,
  argv: readonly string[],
  what: "add" | "remove",
): Promise<number> {
  const given = await readWithSettings(line, argv);
  if (given === null) return EXIT.ok;
  if (what === "add" && !given.flags.force) refuseInContainers();
  const root = await rootOf(given.settings, what);
  if (root === null) {
    process.stdout.write("There is no local authority: nothing to do.\n");
    return EXIT.ok;
  }
  const isRoot = process.getuid?.() === 0;
  const places = await trustPlaces({ platform: process.platform, home: homedir(), isRoot, top: "/" });
  let failed = 0;
  for (const place of places) {
    try {
      if ((await place.has(root)) === (what === "add")) process.stdout.write(`${place.name}: nothing to do.\n`);
      else {
        await place[what](root);
        process.stdout.write(`${place.name}: ${what === "add" ? "trusts it" : "no longer trusts it"}.\n`);
      }
    } catch (error) {
      failed++;
      const { stderr, message } = error as { stderr?: string; message: string };
      process.stderr.write(`${place.name}: failed: ${(stderr ?? message).trim()}\n`);
    }
  }
  if (what === "add") await tellOthers(root, given.settings, places.length);
  return failed === 0 ? EXIT.ok : EXIT.failedStart;
}

function refuseInContainers(): void {
  const variables = environment();
  const where =
    (variables["CI"] ?? "") !== ""
      ? "in CI"
      : existsSync("/.dockerenv") || existsSync("/run/.containerenv")
        ? "in a container"
        : null;
  if (where === null) return;
  throw new ServerError(
    "ERR_OPTIONS_INVALID",
    `This runs ${where}, where no browser looks. --force does it nevertheless.`,
  );
}

async function rootOf(settings: ResolvedOptions, what: "add" | "remove"): Promise<LocalRoot | null> {
  const store = await openStore(settings);
  try {
    return what === "add" ? await ensureRoot(store, Date.now(), AbortSignal.timeout(60_000)) : await loadRoot(store);
  } finally {
    await store.close();
  }
}

/** Programs that look at no trust store: Node itself, curl of other makes, Java. They want a file. */
async function tellOthers(root: LocalRoot, { store }: ResolvedOptions, places: number): Promise<void> {
  const folder = isRedis(store) ? join(homedir(), ".local", "share", "easyserver") : resolve(store);
  const file = join(folder, "local-root.crt");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(file, root.certificatePem, { mode: 0o644 });
  if (places === 0)
    process.stdout.write("No trust store was found. Browsers on Linux need certutil: apt install libnss3-tools\n");
  process.stdout.write(`For Node:\n  export NODE_EXTRA_CA_CERTS=${file}\n`);
}
