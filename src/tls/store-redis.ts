// The store in Redis: for a fleet behind a load balancer, so that it has one account, one order, and any machine that the
// authority asks can answer.

import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { createClient } from "redis";
import { ServerError } from "../errors.ts";
import { checkedKey, type Lock, type Store, storeFailure } from "./store.ts";

// A lock outlives its holder by this at most. It is renewed while it is held, so an order may take longer (ops B41).
const LEASE_MS = 60_000;
const RENEW_MS = 1000;

// A lock that is gone though nobody gave it back: Redis lost its memory, and the holder gets this time to take it again. Longer
// than the longest pause between two attempts to connect.
const FORGOTTEN_MS = 5000;

// How long a request may wait for Redis to come back; a restart takes a second or two.
const RECONNECT_MS = 10_000;

const KEY_PREFIX = "easyserver:";

// KEYS: the lock, the trace of its last release. ARGV: the owner, the lease in milliseconds. A reply of 1 says that it is the
// owner's. Each may be sent twice.
const TAKE =
  'local owner = redis.call("get", KEYS[1]) ' +
  "if owner == ARGV[1] then return 1 end " +
  'if owner or not redis.call("set", KEYS[1], ARGV[1], "NX", "PX", ARGV[2]) then return owner end ' +
  'redis.call("del", KEYS[2]) return 1';

const RELEASE =
  'local owner = redis.call("get", KEYS[1]) ' +
  "if owner and owner ~= ARGV[1] then return 0 end " +
  'redis.call("del", KEYS[1]) redis.call("set", KEYS[2], "1", "PX", ARGV[2]) return 1';

// A Redis that lost its memory has lost the lock as well: then it is taken again, unless somebody was quicker.
const RENEW =
  'local owner = redis.call("get", KEYS[1]) ' +
  'if owner == ARGV[1] then return redis.call("pexpire", KEYS[1], ARGV[2]) end ' +
  'if not owner and redis.call("set", KEYS[1], ARGV[1], "NX", "PX", ARGV[2]) then return 1 end return 0';

type Client = ReturnType<typeof createClient>;

/**
 * Connects to `redis://` or `rediss://`.
 *
 * @throws ServerError `ERR_STORE` when the package `redis` is missing or the server does not answer
 */
export async function openRedisStore(url: string): Promise<Store> {
  const label = withoutSecrets(url);
  const client = (await redisPackage()).createClient({
    url,
    disableOfflineQueue: true,
    pingInterval: 30_000,
    socket: { connectTimeout: 5000, reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, 2000) },
  }) as Client;
  // Without a listener each lost connection would end the process; requests report what matters.
  client.on("error", () => {});
  const connecting = client.connect();
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), RECONNECT_MS);
  try {
    await Promise.race([connecting, once(late.signal, "abort").then(() => Promise.reject(new Error("no answer")))]);
  } catch (error) {
    client.destroy();
    connecting.catch(() => {});
    throw storeFailure(label, "does not answer", error);
  } finally {
    clearTimeout(timer);
  }
  return new RedisStore(client, label);
}

async function redisPackage(): Promise<{ createClient: typeof createClient }> {
  try {
    return await import("redis");
  } catch (error) {
    throw new ServerError("ERR_STORE", 'A Redis store needs the package "redis": npm install redis', { cause: error });
  }
}

class RedisStore implements Store {
  readonly label: string;
  readonly #client: Client;
  /** Locks that were last seen in other hands, and since when they are gone without a word, if so (monotonic milliseconds). */
  readonly #elsewhere = new Map<string, number | null>();

  constructor(client: Client, label: string) {
    this.#client = client;
    this.label = label;
  }

  async load(key: string): Promise<Uint8Array | null> {
    const value = await this.#send(`cannot be read (${key})`, ["HGET", named(key), "value"]);
    return typeof value === "string" ? Buffer.from(value, "base64") : null;
  }

  async store(key: string, value: Uint8Array): Promise<void> {
    const fields = ["value", Buffer.from(value).toString("base64"), "modified", String(Date.now())];
    await this.#send(`cannot be written (${key})`, ["HSET", named(key), ...fields]);
  }

  async delete(key: string): Promise<void> {
    const what = `cannot be changed (${key})`;
    const below = await this.#scan(what, `${named(key)}/*`);
    await this.#send(what, ["DEL", named(key), ...below]);
  }

  async list(prefix: string): Promise<readonly string[]> {
    const keys = await this.#scan(`cannot be listed (${prefix})`, `${named(prefix)}/*`);
    return keys.map((key) => key.slice(KEY_PREFIX.length)).toSorted();
  }

  async stat(key: string): Promise<{ modified: number } | null> {
    const reply = await this.#send(`cannot be read (${key})`, ["HMGET", named(key), "modified", "value"]);
    const [modified, value] = reply as readonly (string | null)[];
    if (modified == null || value == null) return null;
    return { modified: Number(modified) };
  }

  async tryLock(name: string): Promise<Lock | null> {
    const owner = randomUUID();
    const keys = [named(`locks/${name}`), named(`released/${name}`)];
    const evaluate = async (script: string): Promise<boolean> => {
      const command = ["EVAL", script, "2", ...keys, owner, String(LEASE_MS)];
      return Number(await this.#send(`cannot be locked (${name})`, command)) === 1;
    };
    if (this.#elsewhere.has(name) && !(await this.#isFree(name, keys))) return null;
    if (await evaluate(TAKE)) {
      this.#elsewhere.delete(name);
      return new RedisLock(evaluate);
    }
    this.#elsewhere.set(name, null);
    return null;
  }

  /** Whether a lock that was in other hands may be taken: it was given back, or its holder had the time to take it again. */
  async #isFree(name: string, keys: readonly string[]): Promise<boolean> {
    const reply = await this.#send(`cannot be locked (${name})`, ["MGET", ...keys]);
    const [owner, released] = reply as readonly (string | null)[];
    if (owner !== null || released !== null) return true;
    const goneMs = this.#elsewhere.get(name) ?? performance.now();
    this.#elsewhere.set(name, goneMs);
    return performance.now() - goneMs > FORGOTTEN_MS;
  }

  async close(): Promise<void> {
    this.#client.destroy();
  }

  async #scan(what: string, pattern: string): Promise<string[]> {
    const found = new Set<string>();
    let cursor = "0";
    do {
      const reply = await this.#send(what, ["SCAN", cursor, "MATCH", pattern, "COUNT", "500"]);
      const [next, keys] = reply as [string, string[]];
      for (const key of keys) found.add(key);
      cursor = String(next);
    } while (cursor !== "0");
    return [...found];
  }

  async #send(what: string, command: string[]): Promise<unknown> {
    const deadline = performance.now() + RECONNECT_MS;
    for (;;) {
      try {
        return await this.#client.sendCommand(command);
      } catch (error) {
        // A reply that says no is final; everything else is a connection that may come back. Each of our commands may be
        // sent twice without harm.
        const isReply = error instanceof Error && /^[A-Z]+ /u.test(error.message) && this.#client.isReady;
        if (isReply || !this.#client.isOpen || performance.now() > deadline)
          throw storeFailure(this.label, what, error);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
}

class RedisLock implements Lock {
  readonly lost: AbortSignal;
  readonly #lost = new AbortController();
  readonly #evaluate: (script: string) => Promise<boolean>;
  readonly #timer: NodeJS.Timeout;
  #renewedMs = performance.now();
  #renewing: Promise<void> | null = null;

  constructor(evaluate: (script: string) => Promise<boolean>) {
    this.#evaluate = evaluate;
    this.lost = this.#lost.signal;
    // While Redis is away, one renewal waits for it.
    this.#timer = setInterval(() => void (this.#renewing ??= this.#renew()), RENEW_MS).unref();
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    // One that came after it would take the lock again.
    await this.#renewing;
    await this.#evaluate(RELEASE).catch(() => {});
  }

  async #renew(): Promise<void> {
    const isOurs = await this.#evaluate(RENEW).catch(() => null);
    this.#renewing = null;
    if (isOurs === true) this.#renewedMs = performance.now();
    else if (isOurs === false || performance.now() - this.#renewedMs > LEASE_MS) {
      this.#lost.abort(new Error("the lock was lost"));
    }
  }
}

function named(key: string): string {
  return `${KEY_PREFIX}${checkedKey(key)}`;
}

function withoutSecrets(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname}`;
  } catch {
    return "at a malformed address";
  }
}
