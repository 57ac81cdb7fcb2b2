// What do many files cost? Memory while 10,000 are asked for in turn, and the start in front of 100,000.
// `node --import tsx bench/static-scale.ts`

import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { obstacles } from "./machine.ts";
import { peakBytes, residentBytes } from "./proc.ts";
import { startServer } from "./server-process.ts";
import { SERVERS, type ServerSpec } from "./servers.ts";

const FILES = 10_000;
const FILE_BYTES = 16 * 1024;
const MANY = 100_000;
const PER_FOLDER = 1000;
const CONNECTIONS = 16;

/** What the server may keep of files (A58), and what everything else may add. */
const CACHE_BYTES = 64 * 2 ** 20;
const ALLOWED_BYTES = CACHE_BYTES + 40 * 2 ** 20;
const ALLOWED_START_MS = 2_000;

process.exitCode = await main();

async function main(): Promise<number> {
  const missing = obstacles({ ours: true });
  if (missing.length > 0) {
    console.error(missing.join("\n"));
    return 1;
  }
  const isSmall = await memoryOf(folderOf("10k", FILES, FILE_BYTES));
  const isQuick = await startOf(folderOf("100k", MANY, 100));
  return isSmall && isQuick ? 0 : 1;
}

async function memoryOf(folder: string): Promise<boolean> {
  const server = await startServer(servingFolder(folder), "static-scale");
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  try {
    // The same few files: code is compiled and buffers are there, and next to nothing is kept of files.
    await askAll(
      server.origin,
      agent,
      Array.from({ length: 20_000 }, (_, i) => nameOf(i % 10)),
      FILE_BYTES,
    );
    const before = residentBytes(server.pid);
    for (let turn = 0; turn < 2; turn++) {
      await askAll(
        server.origin,
        agent,
        Array.from({ length: FILES }, (_, i) => nameOf(i)),
        FILE_BYTES,
      );
    }
    const growth = peakBytes(server.pid) - before;
    const isWithin = growth <= ALLOWED_BYTES;
    console.log(
      `${FILES} files of ${FILE_BYTES / 1024} KiB, twice in turn: ${megabytes(before)} MB before, ` +
        `at most ${megabytes(growth)} MB more, ${isWithin ? "within" : "OVER"} the ${megabytes(ALLOWED_BYTES)} allowed.`,
    );
    return isWithin;
  } finally {
    agent.destroy();
    await server.stop();
  }
}

async function startOf(folder: string): Promise<boolean> {
  const before = performance.now();
  const server = await startServer(servingFolder(folder), "static-scale");
  const agent = new Agent({ keepAlive: true });
  try {
    await askAll(server.origin, agent, [nameOf(MANY - 1)], 100);
    const ms = performance.now() - before;
    const isWithin = ms <= ALLOWED_START_MS;
    console.log(
      `${MANY} files: ${ms.toFixed(0)} ms from starting the process to the first file, ` +
        `${isWithin ? "within" : "OVER"} the ${ALLOWED_START_MS} allowed.`,
    );
    return isWithin;
  } finally {
    agent.destroy();
    await server.stop();
  }
}

function servingFolder(folder: string): ServerSpec {
  const ours = SERVERS.find(({ name }) => name === "ours-static");
  if (ours === undefined) throw new Error('There is no server "ours-static".');
  const script = ours.command.findIndex((part) => part.endsWith(".js"));
  return { ...ours, command: [...ours.command.slice(0, script + 1), folder] };
}

/** Asks for each, some at a time. @throws Error for an answer that is not the file. */
async function askAll(origin: string, agent: Agent, names: readonly string[], bytes: number): Promise<void> {
  const queue = names.values();
  const lane = async (): Promise<void> => {
    for (const name of queue) {
      const received = await ask(`${origin}/${name}`, agent);
      if (received !== bytes) throw new Error(`${name} came as ${received} bytes instead of ${bytes}.`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, lane));
}

function ask(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { agent, timeout: 10_000 }, (response) => {
      let bytes = 0;
      response.on("data", (part: Buffer) => {
        bytes += part.byteLength;
      });
      response.once("error", reject);
      response.once("end", () => resolve(response.statusCode === 200 ? bytes : -1));
    });
    request.once("timeout", () => request.destroy(new Error(`${url}: no answer within 10 s`)));
    request.once("error", reject);
    request.end();
  });
}

function nameOf(index: number): string {
  return `${Math.floor(index / PER_FOLDER)}/${index}.txt`;
}

/** Made once on the machine; whole or not at all. */
function folderOf(name: string, count: number, bytes: number): string {
  const folder = join(tmpdir(), `easyserver-bench-${name}-1`);
  if (existsSync(folder)) return folder;
  const draft = `${folder}-${process.pid}`;
  const content = Buffer.alloc(bytes, "0123456789abcde\n");
  for (let index = 0; index < count; index++) {
    if (index % PER_FOLDER === 0) mkdirSync(join(draft, String(index / PER_FOLDER)), { recursive: true });
    writeFileSync(join(draft, nameOf(index)), content);
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
  return folder;
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
