// How are TLS handshakes sent? `openssl s_time`, several at a time, each connection new and none resumed.

import { outputOfSender } from "./sender.ts";
import { NO_ERRORS, type WrkReport } from "./wrk.ts";

/** One waits for the server while others compute: a client's part of a handshake costs more than the server's. */
const CLIENTS = 4;

/** Full handshakes with `origin` for `ms`, rounded up to whole seconds; a request of the report is one of them. */
export async function sendHandshakes(origin: string, ms: number): Promise<WrkReport> {
  const { host } = new URL(origin);
  const seconds = String(Math.ceil(ms / 1000));
  const startMs = performance.now();
  const counts = await Promise.all(Array.from({ length: CLIENTS }, () => runClient(host, seconds)));
  const requests = counts.reduce((sum, count) => sum + count, 0);
  return { requests, microseconds: Math.round((performance.now() - startMs) * 1000), errors: NO_ERRORS };
}

async function runClient(host: string, seconds: string): Promise<number> {
  return countOf(await outputOfSender(["openssl", "s_time", "-connect", host, "-new", "-time", seconds]));
}

/**
 * How many full handshakes a client reports. Each is a `*` on its line, a resumed one an `r`.
 *
 * @throws Error when one was resumed, or with the output when there is no report
 */
export function countOf(output: string): number {
  const [, count = ""] = /^(\d+) connections in \d+ real seconds/mu.exec(output) ?? [];
  if (count === "" || /error/iu.test(output)) throw new Error(`openssl s_time did not report: ${output.slice(-500)}`);
  if (/^[*t]*r[*tr]*$/mu.test(output))
    throw new Error("openssl s_time resumed a session: these are no full handshakes");
  return Number(count);
}
