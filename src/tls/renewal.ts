// When is a certificate due, and when may a failed attempt be repeated? Pure: the caller brings the time.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Milliseconds since 1970. */
export interface Lifetime {
  readonly notBefore: number;
  readonly notAfter: number;
}

/** How often a certificate is looked at when nothing is known to happen (ops B22). */
export const CHECK_MS: number = 10 * MINUTE;

/**
 * When renewal may begin (ops B22): a third of the life is left, or half when the life is shorter than ten days, and
 * never with fewer than five looks to go.
 *
 * A moment that the authority asked for (RFC 9773) goes before, except in the last twentieth of the life.
 */
export function renewAt({ notBefore, notAfter }: Lifetime, askedFor: number | null): number {
  const life = Math.max(0, notAfter - notBefore);
  if (askedFor !== null) return Math.min(askedFor, notAfter - life / 20);
  const share = life < 10 * DAY ? life / 2 : life / 3;
  return notAfter - Math.max(share, 5 * checkInterval(life));
}

/** Ten minutes; less for certificates that live so briefly that ten minutes would miss them. */
export function checkInterval(lifeMs: number): number {
  return Math.min(CHECK_MS, lifeMs / 60);
}

// Minutes until the next attempt; the last one repeats (ops B30). Six hours are four attempts a day: Let's Encrypt pauses a
// name after 1,152 failures in a row, which is then most of a year away.
const RETRY_MINUTES = [1, 2, 2, 5, 10, 10, 10, 20, 20, 20, 30, 30, 30, 60, 60, 60, 60, 120, 180, 360];

// So that machines which failed together do not come back together.
const JITTER = 0.2;

/** How long to wait after the `attempt`th failure in a row (from 1). `random` gives 0 to 1. */
export function retryDelay(attempt: number, random: () => number): number {
  const minutes = RETRY_MINUTES[Math.min(Math.max(attempt, 1), RETRY_MINUTES.length) - 1] ?? 360;
  return minutes * MINUTE * (1 + JITTER * (random() - 0.5));
}

/** What an authority says about renewal (RFC 9773 section 4.2). */
export interface RenewalWindow {
  readonly start: number;
  readonly end: number;
}

/** A random moment of the window: chosen once and kept, so that the authority can spread its load. */
export function momentIn({ start, end }: RenewalWindow, random: () => number): number {
  return start + (end - start) * random();
}

/** When to ask the authority again: what it said, within a minute and half a day; six hours after an error (ops B23). */
export function askAgainIn(retryAfterMs: number | null): number {
  if (retryAfterMs === null) return 6 * HOUR;
  return Math.min(Math.max(retryAfterMs, MINUTE), DAY / 2);
}

/** Whether nobody could use the pair any more, so that it may be cleaned away (ops B44). */
export function isLongGone(notAfter: number, now: number): boolean {
  return now - notAfter > 14 * DAY;
}
