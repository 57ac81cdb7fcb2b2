// Where do certificates, accounts, tokens and locks live? The seam of the stores, and what is the same for each.

import { setTimeout as wait } from "node:timers/promises";
import { ServerError } from "../errors.ts";

/**
 * A place for small secrets that several processes, and for some stores several machines, share.
 *
 * Every method may be called at any time and concurrently; each rejects with `ERR_STORE` when the place does not work.
 * Keys are `/`-joined segments of lower-case letters, digits, `_`, `-` and `.`, none of which starts with a dot.
 */
export interface Store {
  /** What it is called in messages; without secrets. */
  readonly label: string;
  /** The value, whole and as one writer left it, or `null`. */
  load(key: string): Promise<Uint8Array | null>;
  /** Replaces the value: whoever reads, even after a crash at any point, finds the old one or the new one. */
  store(key: string, value: Uint8Array): Promise<void>;
  /** Removes the key and all below it. Nothing there is no error. */
  delete(key: string): Promise<void>;
  /** Every key below `prefix`, sorted. */
  list(prefix: string): Promise<readonly string[]>;
  /** When a key was last stored (milliseconds since 1970), or `null`. */
  stat(key: string): Promise<{ readonly modified: number } | null>;
  /**
   * Takes the lock, or gives `null` at once when another holds it. It is a lease: the holder renews it by itself, and it
   * ends when the holder dies. Whoever gets it must look again whether the work is already done.
   */
  tryLock(name: string): Promise<Lock | null>;
  close(): Promise<void>;
}

/** A lock that is held. */
export interface Lock {
  /** Aborts when the lease was lost, because this process slept too long: somebody else may be at work. */
  readonly lost: AbortSignal;
  /** Idempotent. Never takes away somebody else's lock. Never rejects. */
  release(): Promise<void>;
}

const POLL_MS = 1000;

/** Waits for a lock, looking each second. Rejects when `signal` aborts. */
export async function lock(store: Store, name: string, signal: AbortSignal): Promise<Lock> {
  for (;;) {
    signal.throwIfAborted();
    const held = await store.tryLock(name);
    if (held !== null) return held;
    await wait(POLL_MS, undefined, { signal, ref: false });
  }
}

/** Refuses what is no key: keys become paths. */
export function checkedKey(key: string): string {
  if (/^[a-z0-9_-][a-z0-9_.-]*(?:\/[a-z0-9_-][a-z0-9_.-]*)*$/u.test(key)) return key;
  throw new TypeError(`"${key}" is no key of a store.`);
}

/** A name as one segment of a key (ops B39): `*.example.com` becomes `wildcard_.example.com`. */
export function segment(name: string): string {
  return name
    .toLowerCase()
    .replaceAll("*", "wildcard_")
    .replaceAll(":", "-")
    .replaceAll(/[^a-z0-9_.@-]/gu, "-")
    .replaceAll("@", "_at_")
    .replaceAll("..", "")
    .replace(/^\.+/u, "");
}

/** A failure of a store, as everyone above it sees it. */
export function storeFailure(label: string, what: string, cause: unknown): ServerError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ServerError("ERR_STORE", `The certificate store ${label} ${what}: ${reason}`, { cause });
}

/**
 * Writes, reads and deletes a probe, before any order could be wasted (ops B42).
 *
 * @throws ServerError `ERR_STORE` saying what to do
 */
export async function checkStore(store: Store, id: string): Promise<void> {
  const key = `probe/${segment(id)}`;
  const written = Buffer.from(id);
  let step = "be written to";
  try {
    await store.store(key, written);
    step = "be read back";
    const read = await store.load(key);
    if (read === null || !written.equals(read)) throw new Error("it gives back something else than was stored");
    step = "be cleaned";
    await store.delete(key);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ServerError(
      "ERR_STORE",
      `The certificate store ${store.label} cannot ${step}. Give the server's user access to it, or set --store.\n${reason}`,
      { cause: error },
    );
  }
}

/** Reads a JSON document; what cannot be read as one counts as absent, since all of ours can be made again. */
export async function loadJson<Shape extends object>(store: Store, key: string): Promise<Partial<Shape> | null> {
  const bytes = await store.load(key);
  if (bytes === null) return null;
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Partial<Shape>) : null;
  } catch {
    return null;
  }
}

export async function storeJson(store: Store, key: string, value: object): Promise<void> {
  await store.store(key, Buffer.from(`${JSON.stringify(value, null, 2)}\n`));
}
