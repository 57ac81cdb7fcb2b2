// Is a file from a handler the same on our host, on any other one, and in the hand?

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileResponse, type FileResponseOptions, type Handler } from "../../src/index.ts";
import { FILE } from "../../src/static/file-tag.ts";
import { ENGINES, start, type Started } from "../support/engines.ts";
import type { RawResponse } from "../support/raw-response.ts";
import { CANARY, openDescriptors, Site } from "./site.ts";
import { until } from "../support/waiting.ts";

const DIGITS = "0123456789".repeat(100);

/** Answers with the file that the path names, as an app would. */
function handlerFor(site: Site, options: FileResponseOptions = {}): Handler {
  return (request) => fileResponse(new URL(request.url).pathname.slice(1), { root: site.root, ...options });
}

function get(server: Started, path: string, fields: readonly string[] = [], method = "GET"): Promise<RawResponse> {
  const lines = fields.map((field) => `${field}\r\n`).join("");
  const isHead = method === "HEAD";
  return server.ask(`${method} ${path} HTTP/1.1\r\nHost: a.example\r\n${lines}\r\n`, { isHead });
}

for (const engine of ENGINES) {
  describe(`fileResponse on ${engine}`, () => {
    it("H61: sends the bytes of the file with what is known of it", async () => {
      await using site = await Site.create({ "a.txt": DIGITS });
      await using server = await start(engine, handlerFor(site));

      const whole = await get(server, "/a.txt");
      const head = await get(server, "/a.txt", [], "HEAD");

      assert.equal(whole.status, 200);
      assert.equal(whole.text, DIGITS);
      assert.equal(whole.field("content-length"), "1000");
      assert.equal(whole.field("content-type"), "text/plain; charset=utf-8");
      assert.equal(whole.field("accept-ranges"), "bytes");
      assert.equal(head.field("content-length"), "1000");
      assert.equal(head.field("etag"), whole.field("etag"));
    });

    it("H62: answers preconditions and ranges by the validators that are sent", async () => {
      await using site = await Site.create({ "a.txt": DIGITS });
      await using server = await start(engine, handlerFor(site));
      const { etag, "last-modified": modified } = Object.fromEntries((await get(server, "/a.txt")).fields);

      assert.equal((await get(server, "/a.txt", [`If-None-Match: ${etag}`])).status, 304);
      assert.equal((await get(server, "/a.txt", [`If-Modified-Since: ${modified}`])).status, 304);
      assert.equal((await get(server, "/a.txt", [`If-Match: "other"`])).status, 412);
      const range = await get(server, "/a.txt", ["Range: bytes=5-9"]);
      assert.deepEqual([range.status, range.text, range.field("content-range")], [206, "56789", "bytes 5-9/1000"]);
      const none = await get(server, "/a.txt", ["Range: bytes=2000-"]);
      assert.deepEqual([none.status, none.field("content-range")], [416, "bytes */1000"]);
      assert.equal((await get(server, "/a.txt", ["Range: bytes=5-9", `If-Range: "other"`])).status, 200);
      assert.equal((await get(server, "/a.txt", ["Range: bytes=5-9", `If-Range: ${etag}`])).status, 206);
      const head = await get(server, "/a.txt", ["Range: bytes=5-9"], "HEAD");
      assert.deepEqual([head.status, head.field("content-length")], [200, "1000"]);
    });

    it("H62: leaves them alone where the handler says so, and for other statuses and methods", async () => {
      await using site = await Site.create({ "a.txt": DIGITS });
      const off = { conditional: false, ranges: false };
      await using opted = await start(engine, handlerFor(site, off));
      await using missing = await start(engine, handlerFor(site, { status: 404 }));
      await using plain = await start(engine, handlerFor(site));
      const asked = ["If-None-Match: *", "Range: bytes=0-4"];

      const { status, text, fields } = await get(opted, "/a.txt", asked);
      assert.deepEqual([status, text, fields.some(([name]) => name === "accept-ranges")], [200, DIGITS, false]);
      assert.deepEqual(
        [(await get(missing, "/a.txt", asked)).status, (await get(plain, "/a.txt", asked, "POST")).status],
        [404, 200],
      );
    });

    it("H62: lets validators of the handler win", async () => {
      await using site = await Site.create({ "a.txt": DIGITS });
      await using server = await start(engine, handlerFor(site, { headers: { etag: '"mine"', "x-a": "b" } }));

      const same = await get(server, "/a.txt", ['If-None-Match: "mine"']);

      assert.deepEqual([same.status, same.field("etag"), same.field("x-a")], [304, '"mine"', "b"]);
      assert.equal(
        same.fields.some(([name]) => name.startsWith("content-")),
        false,
      );
    });

    it("H63: is 404 for what is no regular file, and never more than was announced", async () => {
      await using site = await Site.create({ "a.txt": DIGITS, "dir/b.txt": "b" });
      execFileSync("mkfifo", [join(site.root, "fifo")]);
      await using server = await start(engine, handlerFor(site));

      for (const path of ["/missing", "/dir", "/fifo", "/a.txt/x", `/${"n".repeat(300)}`]) {
        assert.equal((await get(server, path)).status, 404, path);
      }
    });

    it("H63: tells of the file as it is when it is sent", async () => {
      await using site = await Site.create({ "a.txt": DIGITS, "gone.txt": "x" });
      const change = async (name: string): Promise<void> => {
        if (name === "a.txt") await writeFile(join(site.root, name), "new");
        else await rm(join(site.root, name));
      };
      await using server = await start(engine, async (request) => {
        const name = new URL(request.url).pathname.slice(1);
        const response = await fileResponse(name, { root: site.root });
        await change(name);
        return response;
      });

      const changed = await get(server, "/a.txt");
      assert.deepEqual([changed.status, changed.text, changed.field("content-length")], [200, "new", "3"]);
      assert.equal((await get(server, "/gone.txt")).status, 404);
    });

    it("H64: sends nothing outside its root, and nothing that a field names", async () => {
      await using site = await Site.create({ "a.txt": "a", ".env": CANARY });
      await site.write("secret.txt", CANARY);
      await site.write("rootevil/x.txt", CANARY);
      await symlink("../secret.txt", join(site.root, "link.txt"));
      await using server = await start(engine, (request) => {
        const asked = decodeURIComponent(new URL(request.url).searchParams.get("f") ?? "");
        return asked === ""
          ? new Response("x", { headers: { "x-sendfile": join(site.base, "secret.txt") } })
          : fileResponse(asked, { root: site.root });
      });

      const attacks = [
        "../secret.txt",
        "..\\secret.txt",
        "a/../../secret.txt",
        join(site.base, "secret.txt"),
        "link.txt",
        ".env",
        "a.txt\0",
        "../rootevil/x.txt",
        "..",
        ".",
      ];
      for (const attack of attacks) {
        const { status, text } = await get(server, `/?f=${encodeURIComponent(encodeURIComponent(attack))}`);
        assert.deepEqual([status, text.includes(CANARY)], [404, false], attack);
      }
      const inert = await get(server, "/", [
        `X-Sendfile: ${join(site.base, "secret.txt")}`,
        "X-Accel-Redirect: /a.txt",
      ]);
      assert.equal(inert.text, "x");
    });

    it("H61: a part of a file, as a descriptor says it", async () => {
      await using site = await Site.create({ "a.txt": DIGITS });
      await using server = await start(engine, () => {
        const response = new Response("unused", { status: 206, headers: { "x-part": "yes" } });
        const descriptor = {
          path: join(site.root, "a.txt"),
          root: null,
          status: 206,
          start: 3,
          end: 6,
          conditional: false,
          ranges: false,
        };
        return Object.defineProperty(response, FILE, { value: descriptor });
      });

      const part = await get(server, "/");
      assert.deepEqual(
        [part.status, part.text, part.field("content-length"), part.field("x-part")],
        [206, "3456", "4", "yes"],
      );
    });

    it("A62: gives its descriptor back when the client leaves", async () => {
      await using site = await Site.create({ "big.bin": new Uint8Array(30_000_000) });
      await using server = await start(engine, handlerFor(site));
      await using client = await server.connect({ isPaused: true });

      await client.send("GET /big.bin HTTP/1.1\r\nHost: a.example\r\n\r\n");
      await client.peek(1000);
      assert.equal(openDescriptors(site.base), 1);
      client.reset();

      await until(5_000, "the descriptor is closed", () => openDescriptors(site.base) === 0);
    });
  });
}

describe("fileResponse in the hand", () => {
  it("H61: is a genuine Response whose body is the file, opened when it is read", async () => {
    await using site = await Site.create({ "a.txt": DIGITS, "empty.txt": "" });

    const response = await fileResponse(join(site.root, "a.txt"), { download: 'ä\r\n"x".txt' });

    assert.ok(response instanceof Response);
    assert.equal(openDescriptors(site.base), 0);
    assert.equal(response.headers.get("content-length"), "1000");
    assert.match(
      response.headers.get("content-disposition") ?? "",
      /^attachment; filename="____x_.txt"; filename\*=UTF-8''/,
    );
    assert.equal(await response.text(), DIGITS);
    assert.equal(await (await fileResponse(join(site.root, "empty.txt"))).text(), "");
    await until(5_000, "the descriptor is closed", () => openDescriptors(site.base) === 0);
  });

  it("H61: opens nothing that is not read, and lets go of what is cancelled", async () => {
    await using site = await Site.create({ "a.bin": new Uint8Array(1_000_000) });

    const response = await fileResponse(join(site.root, "a.bin"));
    const reader = response.body!.getReader();
    await reader.read();
    assert.equal(openDescriptors(site.base), 1);
    await reader.cancel();

    await until(5_000, "the descriptor is closed", () => openDescriptors(site.base) === 0);
  });

  it("H63: fails rather than give other bytes than it announced", async () => {
    await using site = await Site.create({ "a.txt": DIGITS });
    const response = await fileResponse(join(site.root, "a.txt"));

    await truncate(join(site.root, "a.txt"), 10);

    await assert.rejects(response.text());
  });

  it("H63: asks the handler what to say of a missing file", async () => {
    const response = await fileResponse("/nowhere/at/all", { notFound: () => new Response("gone", { status: 410 }) });

    assert.deepEqual([response.status, await response.text()], [410, "gone"]);
  });
});
