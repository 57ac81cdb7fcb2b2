// Whose rights does the server run with once its ports are open?

import { execFileSync } from "node:child_process";
import { accessSync, chownSync, constants, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { ServerError } from "./errors.ts";

/** A user and group of this system. */
export interface Account {
  /** As it was written. */
  readonly name: string;
  readonly user: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Finds `user` or `user:group`, by name or number.
 *
 * @throws ServerError `ERR_RIGHTS` when there is no such user or group, or when this process may not become another user
 */
export function findAccount(written: string): Account {
  const [user = "", group] = written.split(":");
  const entry = entryOf("passwd", user);
  if (entry === null) throw rights(`there is no user "${user}" on this system. Create one: useradd --system ${user}`);
  const [name = "", , uid, ownGid] = entry;
  const gid = group === undefined ? ownGid : entryOf("group", group)?.[2];
  if (gid === undefined) throw rights(`there is no group "${group}" on this system.`);
  const account = { name: written, user: name, uid: Number(uid), gid: Number(gid) };
  if (process.geteuid?.() === account.uid) return account;
  if (process.geteuid?.() !== 0) {
    throw rights(`only root can become "${user}", and this process is user ${process.geteuid?.()}: leave --user out.`);
  }
  return account;
}

/** The fields of an account, from the system's own file, or from wherever else it keeps its accounts. */
function entryOf(database: "passwd" | "group", key: string): readonly string[] | null {
  const isNumber = /^\d+$/.test(key);
  const matches = (fields: readonly string[]): boolean => fields[isNumber ? 2 : 0] === key;
  const lines = (text: string): readonly (readonly string[])[] => text.split("\n").map((line) => line.split(":"));
  try {
    const found = lines(readFileSync(`/etc/${database}`, "utf8")).find(matches);
    if (found !== undefined) return found;
  } catch {
    // No such file: the system keeps its accounts elsewhere.
  }
  try {
    return (
      lines(execFileSync("getent", [database, key], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })).find(
        matches,
      ) ?? null
    );
  } catch {
    return null;
  }
}

/** What is refused is named by these. */
interface RootStart {
  readonly user: string | null;
  readonly allowRoot: boolean;
  /** Every port that is to be opened. */
  readonly ports: readonly number[];
}

/**
 * Root is for opening low ports, not for running an app (ops C4). On higher ports nobody has to be root, so who is there has
 * a reason: a container, mostly.
 *
 * @throws ServerError `ERR_RIGHTS` for a start as root that would stay root on the ports of the internet
 */
export function refuseToStayRoot({ user, allowRoot, ports }: RootStart): void {
  const low = ports.filter((port) => port > 0 && port < FIRST_FREE_PORT);
  if (user !== null || allowRoot || low.length === 0 || process.geteuid?.() !== 0) return;
  throw new ServerError(
    "ERR_RIGHTS",
    `This process is root, and would run the app as root on port ${low.join(" and ")}. ` +
      "Set --user <name>, such as --user www-data: the ports are opened first, then the server becomes that user. --allow-root stays root.",
  );
}

/** Ports below belong to root on most systems. */
const FIRST_FREE_PORT = 1024;

/**
 * A folder for what `account` keeps, made by root where only root can: its own, for nobody else's eyes. One that is there
 * already stays as it is.
 */
export function makeFolderFor(account: Account, folder: string): void {
  if (process.geteuid?.() !== 0 || existsSync(folder)) return;
  try {
    mkdirSync(dirname(folder), { recursive: true });
    mkdirSync(folder, { mode: 0o700 });
    chownSync(folder, account.uid, account.gid);
  } catch {
    // The store tells what is wrong with its folder.
  }
}

/**
 * Becomes `account` for good, with its groups: root, and its way back, are gone afterwards.
 *
 * @throws ServerError `ERR_RIGHTS`
 */
export function becomeForGood(account: Account): void {
  if (process.geteuid?.() === account.uid && process.getegid?.() === account.gid) return;
  try {
    (process as NodeJS.Process & { initgroups(user: string, group: number): void }).initgroups(
      account.user,
      account.gid,
    );
    process.setgid!(account.gid);
    process.setuid!(account.uid);
  } catch (error) {
    throw rights(`the system refuses to become "${account.name}": ${reasonOf(error)}.`);
  }
  if (account.uid !== 0 && canReturn())
    throw rights(`this process could still become root after it became "${account.name}".`);
  checkOwnFiles(account);
}

/** Some of our own files are loaded only when they are needed, which is later, and by the user. */
function checkOwnFiles(account: Account): void {
  const file = fileURLToPath(import.meta.url);
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    const cure = "Install it, and the app, where that user may read.";
    throw rights(`"${account.name}" may not read the files of easyserver (${file}): ${reasonOf(error)}. ${cure}`);
  }
}

/** Runs `work` with the rights of `account`, so that the files it makes belong to it, and comes back. */
export async function actingAs<Result>(account: Account | null, work: () => Promise<Result>): Promise<Result> {
  if (account === null || process.geteuid?.() === account.uid) return work();
  process.setegid!(account.gid);
  process.seteuid!(account.uid);
  try {
    return await work();
  } finally {
    process.seteuid!(0);
    process.setegid!(0);
  }
}

function canReturn(): boolean {
  try {
    process.setuid!(0);
    return true;
  } catch {
    return false;
  }
}

function rights(what: string): ServerError {
  return new ServerError("ERR_RIGHTS", `--user: ${what}`);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
