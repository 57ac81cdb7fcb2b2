// Does the server's memory grow with the number of requests? `node --import tsx bench/memory.ts [server]`

import { faultOfAnswers } from "./check.ts";
import { questionsOf } from "./load.ts";
import { hello } from "./loads/hello.ts";
import { obstacles } from "./machine.ts";
import { residentBytes } from "./proc.ts";
import { type ServerProcess, startServer } from "./server-process.ts";
import { CONTROL, type ServerSpec, SERVERS } from "./servers.ts";
import { faultOf, sendLoad } from "./wrk.ts";

/** Long enough for the heap to have reached its working size and for all code to be compiled. */
const WARM_UP_REQUESTS = 300_000;
const REQUESTS = 1_000_000;
const ALLOWED_GROWTH_BYTES = 10 * 2 ** 20;
/** One call of the sender; the count is looked at between calls, so a run overshoots by less than one of these. */
const BURST_MS = 1_000;
const SAMPLE_EVERY = 3;

process.exitCode = await main(process.argv[2] ?? "ours");

async function main(name: string): Promise<number> {
  const server = [CONTROL, ...SERVERS].find((candidate) => candidate.name === name);
  const missing = obstacles({ ours: server?.role === "ours" });
  if (server === undefined) missing.push(`There is no server "${name}".`);
  if (server === undefined || missing.length > 0) {
    console.error(missing.join("\n"));
    return 1;
  }
  return measured(server);
}

async function measured(spec: ServerSpec): Promise<number> {
  const server = await startServer(spec, hello.name);
  try {
    const fault = await faultOfAnswers(server.origin, await questionsOf(hello, server.origin), spec.sameFields);
    if (fault !== null) throw new Error(`${spec.title}: ${fault}`);
    await sendRequests(server, WARM_UP_REQUESTS, () => {});
    const before = residentBytes(server.pid);
    const sent = await sendRequests(server, REQUESTS, (count) => {
      console.log(`${count} requests: ${megabytes(residentBytes(server.pid) - before)} MB more`);
    });
    const growth = residentBytes(server.pid) - before;
    const verdict = growth < ALLOWED_GROWTH_BYTES ? "within" : "OVER";
    console.log(
      `${server.version}: ${megabytes(before)} MB after warm-up, ${megabytes(growth)} MB more after ${sent} requests, ` +
        `${verdict} the ${megabytes(ALLOWED_GROWTH_BYTES)} allowed.`,
    );
    return growth < ALLOWED_GROWTH_BYTES ? 0 : 1;
  } finally {
    await server.stop();
  }
}

/** Sends at least `wanted` requests; calls `sample` now and then. Gives the number sent. */
async function sendRequests(server: ServerProcess, wanted: number, sample: (sent: number) => void): Promise<number> {
  let sent = 0;
  for (let burst = 1; sent < wanted; burst++) {
    const report = await sendLoad(server.origin, [hello.request], BURST_MS);
    const fault = faultOf(report);
    if (fault !== null) throw new Error(fault);
    sent += report.requests;
    if (burst % SAMPLE_EVERY === 0) sample(sent);
  }
  return sent;
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
