// Does the Nest example answer the same in every way to run it?

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import "reflect-metadata";
import type { Type } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { fromNest } from "../../adapters/nest.ts";
import { runHandler } from "../../src/conformance/handler-run.ts";
import { differenceOf } from "../parity/judge.ts";
import type { Fields, Probe } from "../parity/probe.ts";
import { type Protocol, protocolOf } from "../parity/protocol.ts";
import { Recorder } from "../parity/recorder.ts";
import { startExample } from "../support/example-process.ts";

const FOLDER: string = fileURLToPath(new URL("../../examples/nest", import.meta.url));
const COMPILER: string = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
const COMMAND: string = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));
const REGISTER: string = new URL("../../dist/adapters/register.js", import.meta.url).href;

/** Arguments of Node. The first is the reference. */
const WAYS: Readonly<Record<string, readonly string[]>> = {
  "node dist/main.js": ["dist/main.js"],
  "easyserver .": [COMMAND, ".", "--port", "0", "--host", "127.0.0.1"],
  "node --import easyserver/register dist/main.js": ["--import", REGISTER, "dist/main.js"],
};

const librarian: Fields = [["X-Librarian", "yes"]];
const json: Fields = [["Content-Type", "application/json"], ...librarian];
const multipart: Fields = [["Content-Type", "multipart/form-data; boundary=b"], ...librarian];
const cover = (content: string): string =>
  `--b\r\nContent-Disposition: form-data; name="cover"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n${content}\r\n--b--\r\n`;

const steps: Probe["steps"] = [
  { name: "the page", target: "/" },
  { name: "health", target: "/health" },
  { name: "no books", target: "/api/v1/books" },
  { name: "a book", method: "POST", target: "/api/v1/books", fields: json, body: '{"title":" Emma "}' },
  { name: "a book without a title", method: "POST", target: "/api/v1/books", fields: json, body: "{}" },
  { name: "a visitor", method: "POST", target: "/api/v1/books", fields: json.slice(0, 1), body: '{"title":"x"}' },
  { name: "the book", target: "/api/v1/books/1" },
  { name: "no number", target: "/api/v1/books/one" },
  { name: "no cover", target: "/api/v1/books/1/cover" },
  {
    name: "a cover",
    method: "POST",
    target: "/api/v1/books/1/cover",
    fields: multipart,
    body: cover("é".repeat(90_000)),
  },
  {
    name: "too large",
    method: "POST",
    target: "/api/v1/books/1/cover",
    fields: multipart,
    body: cover("x".repeat(1_000_001)),
  },
  { name: "the cover", target: "/api/v1/books/1/cover", isFresh: true },
  { name: "the books", target: "/api/v2/books" },
  { name: "nowhere", target: "/api/v3/books" },
  {
    name: "events",
    isFresh: true,
    async client(client) {
      await client.send("GET /api/v1/books/added HTTP/1.1\r\nHost: a.example\r\n\r\n");
      while (!client.receivedText.includes("\r\n\r\n")) await client.peek(client.receivedBytes + 1);
      client.leave();
      return [`${/content-type: [^\r]*/iu.exec(client.receivedText)?.[0].toLowerCase()}`];
    },
  },
];

const probe: Probe = { kind: "node", app: () => () => {}, steps: steps.map((step) => ({ ...step, exchanges: 0 })) };

interface Run {
  readonly protocol: Protocol;
  readonly output: string;
}

async function answers(parameters: readonly string[]): Promise<Run> {
  await using server = await startExample(parameters, FOLDER);
  const protocol = await protocolOf(probe, server.port, new Recorder("light"));
  await server.stop();
  return { protocol, output: server.output() };
}

describe("the Nest example", () => {
  before(async () => {
    await promisify(execFile)(process.execPath, [COMPILER], { cwd: FOLDER });
  });

  it("answers the same in every way to run it, and runs its shutdown hooks", { timeout: 120_000 }, async () => {
    const runs = await Promise.all(
      Object.entries(WAYS).map(async ([name, parameters]) => ({ name, ...(await answers(parameters)) })),
    );

    const [reference, ...others] = runs;
    assert.equal(reference?.protocol.size, steps.length);
    for (const { name, protocol, output } of others) {
      for (const [step, expected] of reference?.protocol ?? []) {
        assert.equal(differenceOf(expected, protocol.get(step) ?? []), "", `${name}: ${step}`);
      }
      assert.match(output, /The library closes \(SIGTERM\)\./u, name);
    }
    assert.match(others[0]?.output ?? "", /easyserver: found a Nest project, dist\/main\.js \(nest-cli\.json\)/u);
    assert.match(others[0]?.output ?? "", /Nest listens on http:\/\/127\.0\.0\.1:\d+/u);
  });

  it("keeps the contract under the linter", async () => {
    const { AppModule } = createRequire(import.meta.url)(`${FOLDER}/dist/app.module.js`) as { AppModule: Type };
    const app = await NestFactory.create(AppModule, { logger: false });
    const paths = ["/health", "/books", "/books/1", "/books/one"];

    const { violations, requests } = await runHandler(fromNest(app), { paths });

    assert.ok(requests > 70);
    assert.deepEqual(violations, []);
  });
});
