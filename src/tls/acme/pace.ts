// May another order go to this authority now? Our own limits, and the silence that it asked for; both outlive the process.

import { loadJson, lock, type Store, storeJson } from "../store.ts";

// Let's Encrypt takes 300 new orders in three hours from an account, and nobody needs ten at once (ops B32).
const LIMITS = [
  { orders: 10, ms: 10_000 },
  { orders: 300, ms: 3 * 3_600_000 },
] as const;

interface StoredPace {
  readonly quietUntil: number;
  /** When orders were made, oldest first. */
  readonly orders: readonly number[];
}

/** The pace of one authority. */
export interface Pace {
  /** Until when no order may go out, in milliseconds since 1970; 0 for now. */
  quietUntil(): Promise<number>;
  /** Counts an order. `false` when somebody else was quicker and none may go out any more. */
  take(signal: AbortSignal): Promise<boolean>;
  /** The authority asked to be left alone. */
  rest(untilMs: number): Promise<void>;
}

export function createPace(store: Store, authorityId: string, now: () => number): Pace {
  const key = `acme/${authorityId}/pace.json`;
  const load = async (): Promise<StoredPace> => {
    const found = await loadJson<StoredPace>(store, key);
    const orders = Array.isArray(found?.orders) ? found.orders.filter((time) => typeof time === "number") : [];
    return { quietUntil: typeof found?.quietUntil === "number" ? found.quietUntil : 0, orders };
  };
  return {
    async quietUntil() {
      return quietUntil(await load(), now());
    },
    async take(signal) {
      const held = await lock(store, `pace-${authorityId}`, signal);
      try {
        const pace = await load();
        if (quietUntil(pace, now()) > now()) return false;
        const longest = Math.max(...LIMITS.map(({ ms }) => ms));
        const orders = [...pace.orders.filter((time) => time > now() - longest && time <= now()), now()];
        await storeJson(store, key, { ...pace, orders } satisfies StoredPace);
        return true;
      } finally {
        await held.release();
      }
    },
    async rest(untilMs) {
      const pace = await load();
      await storeJson(store, key, { ...pace, quietUntil: Math.max(pace.quietUntil, untilMs) } satisfies StoredPace);
    },
  };
}

function quietUntil({ quietUntil: asked, orders }: StoredPace, now: number): number {
  const moments = LIMITS.map((limit) => {
    // An order from the future is from a clock that was wrong.
    const recent = orders.filter((time) => time > now - limit.ms && time <= now);
    return recent.length < limit.orders ? 0 : (recent.at(-limit.orders) ?? 0) + limit.ms;
  });
  return Math.max(asked > now ? asked : 0, ...moments);
}
