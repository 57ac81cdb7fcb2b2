// Who on this machine trusts the local authority? Puts its root into the trust stores of the system and of browsers, and takes
// it out again.

import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { LocalRoot } from "./local-ca.ts";

const execute = promisify(execFile);

/** Where trust is kept, and how. */
export interface TrustPlace {
  /** For people. */
  readonly name: string;
  has(root: LocalRoot): Promise<boolean>;
  /** Idempotent. @throws Error of the program that failed */
  add(root: LocalRoot): Promise<void>;
  /** Idempotent. @throws Error of the program that failed */
  remove(root: LocalRoot): Promise<void>;
}

/** What is known of the machine. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly isRoot: boolean;
  /** Folder above which nothing is looked at; `/`, but for tests. */
  readonly top: string;
}

/** Every place that exists here. */
export async function trustPlaces(machine: Machine): Promise<readonly TrustPlace[]> {
  const system = systemPlace(machine);
  return [...(system === null ? [] : [system]), ...(await nssPlaces(machine))];
}

interface Anchors {
  readonly folder: string;
  readonly update: readonly [string, ...string[]];
}

// In order: Debian and its kin, Fedora and its kin, Arch, openSUSE.
function anchorsOf(top: string): Anchors | null {
  const known: readonly Anchors[] = [
    { folder: "usr/local/share/ca-certificates", update: ["update-ca-certificates"] },
    { folder: "etc/pki/ca-trust/source/anchors", update: ["update-ca-trust", "extract"] },
    { folder: "etc/ca-certificates/trust-source/anchors", update: ["trust", "extract-compat"] },
    { folder: "usr/share/pki/trust/anchors", update: ["update-ca-certificates"] },
  ];
  const found = known.find(({ folder }) => existsSync(join(top, folder)));
  return found === undefined ? null : { ...found, folder: join(top, found.folder) };
}

function systemPlace(machine: Machine): TrustPlace | null {
  if (machine.platform === "darwin") return keychain(machine);
  const anchors = machine.platform === "linux" ? anchorsOf(machine.top) : null;
  if (anchors === null) return null;
  const fileOf = ({ nickname }: LocalRoot): string => join(anchors.folder, `${nickname}.crt`);
  const update = async (): Promise<void> => {
    // A tree that is not the machine's own has no bundle to make anew.
    if (machine.top === "/") await asRoot(machine, anchors.update);
  };
  return {
    name: `the system (${anchors.folder})`,
    has: async (root) => (await readFile(fileOf(root), "utf8").catch(() => "")) === root.certificatePem,
    async add(root) {
      if (machine.isRoot) await writeFile(fileOf(root), root.certificatePem, { mode: 0o644 });
      else await asRoot(machine, ["tee", fileOf(root)], root.certificatePem);
      await update();
    },
    async remove(root) {
      if (machine.isRoot) await rm(fileOf(root), { force: true });
      else await asRoot(machine, ["rm", "-f", fileOf(root)]);
      await update();
    },
  };
}

function keychain(machine: Machine): TrustPlace {
  const chain = "/Library/Keychains/System.keychain";
  const common = ({ subject }: LocalRoot): string => /CN=([^,]+)/u.exec(subject)?.[1] ?? subject;
  return {
    name: "the system keychain",
    has: async (root) =>
      await run("security", ["find-certificate", "-c", common(root), "-p", chain]).then(
        (text) => text.includes(root.certificatePem.trim()),
        () => false,
      ),
    async add(root) {
      const file = join(machine.home, `.${root.nickname}.pem`);
      await writeFile(file, root.certificatePem);
      try {
        await asRoot(machine, ["security", "add-trusted-cert", "-d", "-r", "trustRoot", "-k", chain, file]);
      } finally {
        await rm(file, { force: true });
      }
    },
    remove: async (root) => await asRoot(machine, ["security", "delete-certificate", "-c", common(root), chain]),
  };
}

/** Firefox's profiles, and the store that Chromium has on Linux. */
async function nssPlaces({ home, platform }: Machine): Promise<readonly TrustPlace[]> {
  const own = join(home, ".pki/nssdb");
  const isThere = await run("certutil", ["-H"]).then(
    () => true,
    (error: unknown) => (error as { code?: unknown }).code !== "ENOENT",
  );
  if (!isThere) return [];
  const profiles = [
    ".mozilla/firefox",
    "snap/firefox/common/.mozilla/firefox",
    "Library/Application Support/Firefox/Profiles",
  ]
    .map((folder) => join(home, folder))
    .flatMap((folder) => (existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []))
    .filter((folder) => existsSync(join(folder, "cert9.db")));
  return [...(platform === "linux" ? [own] : []), ...profiles].map(nssPlace);
}

function nssPlace(folder: string): TrustPlace {
  const database = ["-d", `sql:${folder}`];
  const has = async ({ nickname }: LocalRoot): Promise<boolean> =>
    await run("certutil", [...database, "-L", "-n", nickname]).then(
      () => true,
      () => false,
    );
  return {
    name: `the browser store ${folder}`,
    has,
    async add(root) {
      if (!existsSync(join(folder, "cert9.db"))) {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await run("certutil", [...database, "-N", "--empty-password"]);
      }
      await run("certutil", [...database, "-A", "-t", "C,,", "-n", root.nickname], root.certificatePem);
    },
    async remove(root) {
      if (await has(root)) await run("certutil", [...database, "-D", "-n", root.nickname]);
    },
  };
}

async function asRoot(
  { isRoot }: Machine,
  [program, ...parameters]: readonly [string, ...string[]],
  input = "",
): Promise<void> {
  if (isRoot) await run(program, parameters, input);
  else await run("sudo", ["--", program, ...parameters], input);
}

async function run(program: string, parameters: readonly string[], input = ""): Promise<string> {
  const running = execute(program, [...parameters], { encoding: "utf8" });
  running.child.stdin?.on("error", () => {});
  running.child.stdin?.end(input);
  return (await running).stdout;
}
