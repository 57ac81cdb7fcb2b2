// The store in a folder: for one machine, or for several that share a file system.

import { randomUUID } from "node:crypto";
import {
  chown,
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  unlink,
  utimes,
} from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { checkedKey, type Lock, type Store, storeFailure } from "./store.ts";

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

// Others take over ten seconds after a holder fell silent; it speaks twice in that time (ops B40).
const REFRESH_MS = 5000;
const STALE_MS = 10_000;

/** A store in `root`, which is made with its first value. */
export function createFileStore(root: string): Store {
  return new FileStore(root);
}

class FileStore implements Store {
  readonly label: string;
  readonly #root: string;
  // When this process first saw each lock in the state it is in: the clock of another machine may be wrong.
  readonly #seen = new Map<string, { readonly modified: number; readonly sinceMs: number }>();

  constructor(root: string) {
    this.#root = root;
    this.label = `"${root}"`;
  }

  async load(key: string): Promise<Uint8Array | null> {
    return await this.#attempt(`cannot be read (${key})`, () => readFile(this.#path(key)).catch(nullIfAbsent));
  }

  async store(key: string, value: Uint8Array): Promise<void> {
    await this.#attempt(`cannot be written (${key})`, async () => {
      const path = this.#path(key);
      const folder = dirname(path);
      await this.#makeFolder(folder);
      await replaceFile(folder, path, value, await this.#owner());
    });
  }

  async delete(key: string): Promise<void> {
    await this.#attempt(`cannot be changed (${key})`, () => rm(this.#path(key), { recursive: true, force: true }));
  }

  async list(prefix: string): Promise<readonly string[]> {
    const entries = await this.#attempt(`cannot be listed (${prefix})`, () =>
      readdir(this.#path(prefix), { recursive: true, withFileTypes: true }).catch(nullIfAbsent),
    );
    const start = this.#path(prefix);
    return (entries ?? [])
      .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
      .map((entry) => `${prefix}${join(entry.parentPath, entry.name).slice(start.length).replaceAll("\\", "/")}`)
      .toSorted();
  }

  async stat(key: string): Promise<{ modified: number } | null> {
    const found = await this.#attempt(`cannot be read (${key})`, () => stat(this.#path(key)).catch(nullIfAbsent));
    return found === null || !found.isFile() ? null : { modified: found.mtimeMs };
  }

  async tryLock(name: string): Promise<Lock | null> {
    return await this.#attempt(`cannot be locked (${name})`, async () => {
      const path = this.#path(`locks/${name}.lock`);
      await this.#makeFolder(dirname(path));
      const owner = randomUUID();
      if (await createExclusively(path, owner)) return new FileLock(path, owner);
      if (!(await this.#isStale(path))) return null;
      return (await this.#takeOver(path, owner)) ? new FileLock(path, owner) : null;
    });
  }

  async close(): Promise<void> {}

  /** Root that looks after the store of a server (`sudo easyserver certs renew`) leaves nothing that the server cannot read. */
  async #owner(): Promise<Owner | null> {
    if (process.geteuid?.() !== 0) return null;
    const { uid, gid } = await stat(this.#root);
    return uid === 0 ? null : { uid, gid };
  }

  async #makeFolder(folder: string): Promise<void> {
    const first = await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
    const owner = first === undefined ? null : await this.#owner();
    if (first === undefined || owner === null) return;
    for (let made = folder; made.length >= first.length; made = dirname(made)) await chown(made, owner.uid, owner.gid);
  }

  #path(key: string): string {
    return join(this.#root, ...checkedKey(key).split("/"));
  }

  // Two who find a lock stale must not both remove it: the second would remove what the first has just made.
  async #takeOver(path: string, owner: string): Promise<boolean> {
    const breaker = `${path}.breaking`;
    if (!(await createExclusively(breaker, owner))) {
      if (await this.#isStale(breaker)) await unlink(breaker).catch(ignoreAbsence);
      return false;
    }
    try {
      if (await this.#isStale(path)) await unlink(path).catch(ignoreAbsence);
      return await createExclusively(path, owner);
    } finally {
      await unlink(breaker).catch(ignoreAbsence);
    }
  }

  async #isStale(path: string): Promise<boolean> {
    const found = await stat(path).catch(ignoreAbsence);
    if (found === undefined) return false;
    const known = this.#seen.get(path);
    const now = performance.now();
    if (known?.modified !== found.mtimeMs) this.#seen.set(path, { modified: found.mtimeMs, sinceMs: now });
    else if (now - known.sinceMs > STALE_MS) return true;
    return Date.now() - found.mtimeMs > STALE_MS;
  }

  async #attempt<Value>(what: string, run: () => Promise<Value>): Promise<Value> {
    try {
      return await run();
    } catch (error) {
      if (error instanceof TypeError) throw error;
      throw storeFailure(this.label, what, error);
    }
  }
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

class FileLock implements Lock {
  readonly lost: AbortSignal;
  readonly #path: string;
  readonly #owner: string;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(path: string, owner: string) {
    this.#path = path;
    this.#owner = owner;
    this.lost = this.#lost.signal;
    this.#timer = setInterval(() => void this.#refresh(), REFRESH_MS).unref();
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    if (await this.#isOurs()) await unlink(this.#path).catch(() => {});
  }

  async #refresh(): Promise<void> {
    const now = new Date();
    if (await this.#isOurs()) await utimes(this.#path, now, now).catch(() => {});
    else this.#lost.abort(new Error("the lock was lost"));
  }

  async #isOurs(): Promise<boolean> {
    return (await readFile(this.#path, "utf8").catch(() => "")) === this.#owner;
  }
}

async function replaceFile(folder: string, path: string, value: Uint8Array, owner: Owner | null): Promise<void> {
  const temporary = join(folder, `.${basename(path)}.${randomUUID()}`);
  try {
    await writeSynced(temporary, value);
    if (owner !== null) await chown(temporary, owner.uid, owner.gid);
    await rename(temporary, path);
    await syncFolder(folder);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
}

async function writeSynced(path: string, value: Uint8Array): Promise<void> {
  const file = await open(path, "wx", FILE_MODE);
  try {
    await file.writeFile(value);
    await file.sync();
  } finally {
    await file.close();
  }
}

// The rename itself lasts over a power cut only when the folder is written, too. Some file systems refuse to be asked.
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, "r");
    await handle.sync();
  } catch {
    // Windows and some network file systems.
  } finally {
    await handle?.close();
  }
}

async function createExclusively(path: string, content: string): Promise<boolean> {
  let file: FileHandle;
  try {
    file = await open(path, "wx", FILE_MODE);
  } catch (error) {
    if ((error as { code?: string }).code === "EEXIST") return false;
    throw error;
  }
  try {
    await file.writeFile(content);
  } finally {
    await file.close();
  }
  return true;
}

/** Absence is `null`; anything else that goes wrong is a failure of the store. */
function nullIfAbsent(error: unknown): null {
  const { code } = error as { code?: string };
  if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return null;
  throw error;
}

function ignoreAbsence(error: unknown): undefined {
  if ((error as { code?: string }).code !== "ENOENT") throw error;
}
