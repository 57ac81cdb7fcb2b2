// Does the Express example answer the same in each way to run it: the command, serve(), app.listen() with easyserver and
// without?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startExample } from "../support/example-process.ts";
import { differenceOf } from "./judge.ts";
import type { Answered, Fields, Probe } from "./probe.ts";
import { type Protocol, protocolOf } from "./protocol.ts";
import { Recorder } from "./recorder.ts";

/** Arguments of Node. The first is the reference. */
const WAYS: Readonly<Record<string, readonly string[]>> = {
  "node app.js": ["examples/express/app.js"],
  "easyserver ./app.js": ["dist/src/cli/main.js", "examples/express/app.js", "--port", "0", "--host", "127.0.0.1"],
  "node --import easyserver/register app.js": ["--import", "easyserver/register", "examples/express/app.js"],
  "node serve.js": ["examples/express/serve.js"],
};

const cookie = (earlier: ReadonlyMap<string, Answered>): Fields => [
  ["Cookie", earlier.get("a name")?.field("set-cookie")?.split(";")[0] ?? ""],
];
const html: Fields = [["Accept", "text/html"]];
const form: Fields = [["Content-Type", "application/x-www-form-urlencoded"]];
const multipart: Fields = [["Content-Type", "multipart/form-data; boundary=b"]];
const file = (content: string): string =>
  `--b\r\nContent-Disposition: form-data; name="file"; filename="notes é.txt"\r\nContent-Type: text/plain\r\n\r\n${content}\r\n--b--\r\n`;

const steps: Probe["steps"] = [
  { name: "the page", target: "/", fields: html },
  { name: "the page, compressed", target: "/", fields: [["Accept-Encoding", "gzip"]] },
  { name: "a script", target: "/shelf.js" },
  {
    name: "a style, unchanged",
    target: "/style.css",
    fields: [["If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"]],
  },
  { name: "part of a picture", target: "/shelf.svg", fields: [["Range", "bytes=0-9"]] },
  { name: "a name", method: "POST", target: "/name", fields: form, body: "name=Ada+%3Cb%3E" },
  { name: "the page with a name", target: "/", fields: cookie },
  { name: "a name that is too long", method: "POST", target: "/name", fields: form, body: `name=${"x".repeat(50)}` },
  {
    name: "a file",
    method: "POST",
    target: "/files",
    fields: (earlier) => [...multipart, ...html, ...cookie(earlier)],
    body: file("one"),
  },
  {
    name: "a file from a program",
    method: "POST",
    target: "/files",
    fields: multipart,
    body: file("two".repeat(50_000)),
  },
  { name: "no file", method: "POST", target: "/files", fields: multipart, body: "--b--\r\n" },
  {
    name: "too large",
    method: "POST",
    target: "/files",
    fields: multipart,
    body: file("x".repeat(1_000_001)),
    isFresh: true,
  },
  { name: "the list", target: "/files", isFresh: true },
  { name: "a download", target: "/files/1" },
  { name: "a large download", target: "/files/2" },
  { name: "HEAD of a download", method: "HEAD", target: "/files/2" },
  { name: "removing", method: "DELETE", target: "/files/1" },
  { name: "removing again", method: "DELETE", target: "/files/1" },
  { name: "counting", target: "/count/20000" },
  { name: "counting, compressed", target: "/count/20000", fields: [["Accept-Encoding", "gzip"]] },
  { name: "a failure", target: "/fail" },
  { name: "a failure for people", target: "/fail", fields: html },
  { name: "nothing", target: "/nowhere", fields: html },
  { name: "nothing, for a program", target: "/nowhere" },
  { name: "forgetting", method: "POST", target: "/leave", fields: cookie, body: "" },
  {
    name: "events",
    isFresh: true,
    async client(client) {
      await client.send("GET /events HTTP/1.1\r\nHost: a.example\r\n\r\n");
      const expected = /data: \{"files":1,"readers":1\}/u;
      while (!expected.test(client.receivedText)) await client.peek(client.receivedBytes + 1);
      client.leave();
      return [`${/content-type: [^\r]*/iu.exec(client.receivedText)?.[0].toLowerCase()}`];
    },
  },
];

const probe: Probe = {
  kind: "express",
  app: () => () => {},
  steps: steps.map((step) => ({ ...step, exchanges: 0 })),
  blurs: [{ pattern: /shelf=s%3A[^;]*/u, becomes: "shelf=*", reason: "Sessions are drawn by lot." }],
};

async function answers(parameters: readonly string[]): Promise<{ protocol: Protocol; code: number | null }> {
  await using server = await startExample(parameters);
  const protocol = await protocolOf(probe, server.port, new Recorder("light"));
  return { protocol, code: await server.stop() };
}

describe("the Express example", () => {
  it("answers the same in every way to run it, and stops when told to", { timeout: 120_000 }, async () => {
    const runs = await Promise.all(
      Object.entries(WAYS).map(async ([name, parameters]) => ({ name, ...(await answers(parameters)) })),
    );

    const [reference, ...others] = runs;
    assert.equal(reference?.protocol.size, steps.length);
    for (const { name, protocol, code } of others) {
      for (const [step, expected] of reference?.protocol ?? []) {
        assert.equal(differenceOf(expected, protocol.get(step) ?? []), "", `${name}: ${step}`);
      }
      assert.equal(code, 0, `${name} ends with ${code}`);
    }
  });
});
