// Files that an app sends through the bridge: are conditions, ranges and octets those of its own sender on node:http?

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createReadStream, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";

import express from "express";
import express4 from "express4";

import { RawClient } from "../support/raw-client.ts";
import { deferred, within } from "../support/waiting.ts";
import { bridged, OURS, WAYS } from "./bridged.ts";

type Express = typeof express;

const FOLDER = mkdtempSync(join(tmpdir(), "bridge-files-"));
const MODIFIED = new Date("2026-01-02T03:04:05Z");
const SIZES = { "small.txt": 100, "large.bin": 700_000, "empty.txt": 0 };

for (const [name, size] of Object.entries(SIZES)) {
  writeFileSync(join(FOLDER, name), Buffer.alloc(size, "0123456789abcdefg"));
  utimesSync(join(FOLDER, name), MODIFIED, MODIFIED);
}
after(() => rmSync(FOLDER, { recursive: true }));

function appOf(create: Express): ReturnType<Express> {
  const app = create();
  // Its pages about errors show no stack, which is of the way and not of the sender.
  app.set("env", "production");
  app.use("/static", create.static(FOLDER, { maxAge: "1h" }));
  app.get("/file/:name", (request, response) => response.sendFile(request.params["name"]!, { root: FOLDER }));
  app.get("/download/:name", (request, response) => response.download(join(FOLDER, request.params["name"]!)));
  app.get("/piped/:name", (request, response) => {
    const file = join(FOLDER, request.params["name"]!);
    response.writeHead(200, { "Content-Length": statSync(file).size });
    createReadStream(file).pipe(response);
  });
  return app;
}

const SENDERS = ["static", "file", "download", "piped"];
const ETAG = `W/"64-${MODIFIED.getTime().toString(16)}"`;

/** Asked of each sender for the small file. */
const CONDITIONS: readonly (readonly string[])[] = [
  [],
  [`If-None-Match: ${ETAG}`],
  [`If-None-Match: "other"`],
  [`If-Modified-Since: ${MODIFIED.toUTCString()}`],
  [`If-Match: "other"`],
  [`If-Unmodified-Since: ${new Date(0).toUTCString()}`],
  ["Range: bytes=5-14"],
  ["Range: bytes=-1"],
  ["Range: bytes=0-0,5-6"],
  ["Range: bytes=900-"],
  ["Range: lines=1-2"],
  ["Range: bytes=5-14", `If-Range: ${MODIFIED.toUTCString()}`],
  ["Range: bytes=5-14", `If-Range: ${new Date(0).toUTCString()}`],
];

function questions(): string[] {
  const ask = (method: string, target: string, lines: readonly string[] = []): string =>
    [`${method} ${target} HTTP/1.1`, "Host: a.example", ...lines, "", ""].join("\r\n");
  return SENDERS.flatMap((sender) => [
    ...CONDITIONS.map((lines) => ask("GET", `/${sender}/small.txt`, lines)),
    ask("GET", `/${sender}/large.bin`),
    ask("GET", `/${sender}/large.bin`, ["Range: bytes=100000-299999"]),
    ask("GET", `/${sender}/empty.txt`),
    // Node 22 never ends what is piped into a full answer to HEAD.
    ask("HEAD", `/${sender}/${sender === "piped" ? "small.txt" : "large.bin"}`),
    ask("HEAD", `/${sender}/small.txt`, ["Range: bytes=5-14"]),
    ask("GET", `/${sender === "piped" ? "static" : sender}/none.txt`),
  ]);
}

/** Of the connection or of the moment, and no part of what the sender says. */
const OWN = new Set(["date", "connection", "keep-alive"]);

async function answers(port: number): Promise<unknown[]> {
  const seen: unknown[] = [];
  let client = await RawClient.connect(port);
  for (const question of questions()) {
    if (!client.isOpen) client = await RawClient.connect(port);
    await client.send(question);
    const { status, reason, fields, body } = await client.response({ isHead: question.startsWith("HEAD") });
    const shown = fields.filter(([name]) => !OWN.has(name)).toSorted(([one], [other]) => one.localeCompare(other));
    const octets = body.length > 500 ? createHash("sha256").update(body).digest("hex") : body.toString("latin1");
    seen.push({ question, status, reason, fields: shown, octets });
  }
  client.leave();
  return seen;
}

for (const [major, create] of [
  [5, express],
  [4, express4 as unknown as Express],
] as const) {
  describe(`files of Express ${major}`, () => {
    let expected: unknown[] | undefined;

    for (const way of WAYS) {
      it(`D10: have the status, the fields and the octets of its own sender (${way})`, async () => {
        await using server = await bridged(way, appOf(create));

        const seen = await answers(server.port);

        expected ??= seen;
        const statuses = new Set(expected.map((answer) => (answer as { status: number }).status));
        assert.deepEqual(
          [...statuses].toSorted((one, other) => one - other),
          [200, 206, 304, 404, 412, 416],
        );
        assert.deepEqual(seen, expected);
        assert.deepEqual(server.reports, []);
      });
    }
  });
}

describe("a file for a client that has left", () => {
  // On node:http of Node 22 and later its sender says nothing.
  for (const way of process.versions.node.startsWith("20.") ? WAYS : OURS) {
    it(`D6: is not sent, and its sender says so (${way})`, async () => {
      const called = deferred();
      const told = deferred<NodeJS.ErrnoException | undefined>();
      const app = express();
      app.get("/", (_request, response) => {
        response.once("close", () => response.sendFile("large.bin", { root: FOLDER }, told.resolve));
        called.resolve();
      });
      await using server = await bridged(way, app);
      const client = await RawClient.connect(server.port);

      await client.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
      await within(5_000, "the call", called.promise);
      client.reset();

      assert.equal((await within(5_000, "the callback", told.promise))?.code, "ECONNABORTED");
    });
  }
});
