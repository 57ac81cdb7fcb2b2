// How long from starting the process to listening, and how much of it is for certificates? `node --import tsx bench/startup.ts`

import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { certificateStarts } from "./certificate-start.ts";
import { obstacles } from "./machine.ts";
import { markdownTable, spreadText } from "./report.ts";
import { spawnPinned } from "./server-process.ts";
import { argumentsFor, CONTROL, SERVERS, type ServerSpec } from "./servers.ts";
import { shuffled, spreadOf } from "./statistics.ts";

const ROUNDS = 10;
const GIVE_UP_MS = 15_000;
/** The start that a user of `serve()` or the command may have to wait for. */
const ALLOWED_MS = 150;
/** Of that, for looking after certificates of which none is due. */
const ALLOWED_CERTIFICATES_MS = 20;

/** Bench servers print `"port":n`; the command prints the URL it serves. What follows the digits shows that they are all. */
const PORT = /"port":(\d+)(?=\D)|https?:\/\/[^\s:/]+:(\d+)(?=\D)/;

interface Candidate {
  readonly title: string;
  readonly command: readonly string[];
  readonly isOurs: boolean;
}

const CANDIDATES: readonly Candidate[] = [
  {
    title: "the easyserver command",
    command: [
      process.execPath,
      path("../dist/src/cli/main.js"),
      path("servers/hello-app.js"),
      "--host",
      "127.0.0.1",
      "--port",
      "0",
    ],
    isOurs: true,
  },
  candidate(named("ours"), "serve()"),
  candidate(CONTROL, CONTROL.title),
  candidate(named("node-http"), "node:http"),
];

process.exitCode = await main();

async function main(): Promise<number> {
  const missing = obstacles({ ours: true });
  if (missing.length > 0) {
    console.error(missing.join("\n"));
    return 1;
  }
  const taken = new Map<Candidate, number[]>(CANDIDATES.map((candidate) => [candidate, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const one of shuffled(CANDIDATES)) {
      const ms = await startMs(one);
      // Round 0 fills the page cache.
      if (round > 0) taken.get(one)?.push(ms);
    }
  }
  const rows = CANDIDATES.map((one) => [one.title, spreadText(spreadOf(taken.get(one) ?? []), 0)]);
  console.log(markdownTable(["from start to listening", `ms, median of ${ROUNDS}`], rows));
  const late = CANDIDATES.filter((one) => one.isOurs && spreadOf(taken.get(one) ?? []).median > ALLOWED_MS);
  for (const { title } of late) console.log(`${title}: OVER the ${ALLOWED_MS} ms allowed`);
  const certificates = spreadOf(await certificateStarts());
  console.log(`for a certificate that is not due: ${spreadText(certificates, 1)} ms of the processor`);
  const isLate = certificates.median > ALLOWED_CERTIFICATES_MS;
  if (isLate) console.log(`certificates: OVER the ${ALLOWED_CERTIFICATES_MS} ms allowed`);
  return late.length === 0 && !isLate ? 0 : 1;
}

/** Time until the process has said its port. Each of these says it once it accepts, and one request proves it. */
async function startMs({ title, command }: Candidate): Promise<number> {
  const before = performance.now();
  const { child, stop } = spawnPinned(command);
  try {
    const port = await announcedPort(child, title);
    const ms = performance.now() - before;
    const text = await (await fetch(`http://127.0.0.1:${port}/`)).text();
    if (text !== "Hello, World!") throw new Error(`${title} answered ${JSON.stringify(text.slice(0, 80))}.`);
    return ms;
  } finally {
    await stop();
  }
}

function announcedPort(child: ChildProcess, title: string): Promise<number> {
  let said = "";
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`${title} did not listen within ${GIVE_UP_MS} ms. ${said}`)),
      GIVE_UP_MS,
    );
    const listen = (part: string): void => {
      said += part;
      const port = PORT.exec(said);
      if (port === null) return;
      clearTimeout(timer);
      resolve(Number(port[1] ?? port[2]));
    };
    child.stdout?.setEncoding("utf8").on("data", listen);
    child.stderr?.setEncoding("utf8").on("data", listen);
    child.once("close", () => {
      clearTimeout(timer);
      reject(new Error(`${title} ended before it listened. ${said}`));
    });
  });
}

function candidate(server: ServerSpec, title: string): Candidate {
  return { title, command: argumentsFor(server, "hello"), isOurs: server.role === "ours" };
}

function named(name: string): ServerSpec {
  const server = SERVERS.find((candidate) => candidate.name === name);
  if (server === undefined) throw new Error(`There is no server "${name}".`);
  return server;
}

function path(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
