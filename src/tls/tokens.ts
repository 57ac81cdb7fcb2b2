// What is answered to an authority that asks for a token? Ours from memory, those of another process from the store.

import { createHash } from "node:crypto";
import type { Store } from "./store.ts";

/** The tokens that are being asked for. */
export interface ChallengeTokens {
  /** Resolves when every process that shares the store can answer (ops B13). */
  add(token: string, content: string): Promise<void>;
  remove(token: string): Promise<void>;
  /** The content, or `null`. Never rejects: a stranger may be asking. */
  find(token: string): string | null | Promise<string | null>;
}

const FOLDER = "challenges";

// An order takes seconds. A store that forgets everything meanwhile (a Redis that is started again) is reminded this soon.
const REMIND_MS = 500;

export function createTokens(store: Store): ChallengeTokens {
  const own = new Map<string, string>();
  const reminders = new Map<string, NodeJS.Timeout>();
  const remind = async (token: string): Promise<void> => {
    const content = own.get(token);
    if (content === undefined || (await store.load(keyOf(token))) !== null || !own.has(token)) return;
    await store.store(keyOf(token), Buffer.from(content));
  };
  return {
    async add(token, content) {
      own.set(token, content);
      await store.store(keyOf(token), Buffer.from(content));
      // A store that fails is told by the order itself.
      reminders.set(token, setInterval(() => void remind(token).catch(() => {}), REMIND_MS).unref());
    },
    async remove(token) {
      own.delete(token);
      clearInterval(reminders.get(token));
      reminders.delete(token);
      await store.delete(keyOf(token));
    },
    find(token) {
      // RFC 8555 section 8.3: base64url. Anything else must not reach the store.
      if (!/^[A-Za-z0-9_-]{1,256}$/u.test(token)) return null;
      return (
        own.get(token) ??
        store.load(keyOf(token)).then(
          (content) => (content === null ? null : Buffer.from(content).toString("utf8")),
          () => null,
        )
      );
    },
  };
}

/** Removes what crashed processes left behind. */
export async function cleanTokens(store: Store, olderThan: number): Promise<void> {
  for (const key of await store.list(FOLDER)) {
    const found = await store.stat(key);
    if (found !== null && found.modified < olderThan) await store.delete(key);
  }
}

// Keys know no upper case, tokens do.
function keyOf(token: string): string {
  return `${FOLDER}/${createHash("sha256").update(token).digest("hex")}`;
}
