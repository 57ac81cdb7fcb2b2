// Is a directory as a handler the same on our host and in the hand of any other?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Context, type Handler, staticFiles, type StaticFilesOptions } from "../../src/index.ts";
import { until } from "../support/waiting.ts";
import { openDescriptors, Site } from "./site.ts";
import { WAYS } from "./wire.ts";
import { start } from "../support/engines.ts";
import { contextOf } from "../adapters/context-of.ts";

const DIGITS = "0123456789".repeat(100);
const FILES = { "a.txt": DIGITS, "a.txt.br": "br", "sub/index.html": "<p>", "big.bin": new Uint8Array(3_000_000) };

/** The call of a host that knows nothing but the standard. */
function call(handler: Handler, target: string, init: RequestInit = {}, context?: Context): Promise<Response> {
  return Promise.resolve(handler(new Request(`http://a.example${target}`, init), context as Context));
}

async function handlerOf(options: StaticFilesOptions = {}): Promise<{ site: Site; handler: Handler }> {
  const site = await Site.create(FILES);
  return { site, handler: staticFiles(site.root, options) };
}

describe("staticFiles()", () => {
  it("answers any host with files, their fields and their conditions", async () => {
    const { site, handler } = await handlerOf();
    await using _ = site;

    const whole = await call(handler, "/a.txt?x=1");
    const etag = whole.headers.get("etag") ?? "";
    assert.deepEqual([whole.status, await whole.text()], [200, DIGITS]);
    assert.equal((await call(handler, "/a.txt", { headers: { "if-none-match": etag } })).status, 304);
    const part = await call(handler, "/a.txt", { headers: { range: "bytes=5-9" } });
    assert.deepEqual(
      [part.status, await part.text(), part.headers.get("content-range")],
      [206, "56789", "bytes 5-9/1000"],
    );
    assert.equal(await (await call(handler, "/a.txt", { headers: { "accept-encoding": "br" } })).text(), "br");
    const head = await call(handler, "/a.txt", { method: "HEAD" });
    assert.deepEqual([head.headers.get("content-length"), await head.text()], ["1000", ""]);
    assert.equal((await call(handler, "/sub")).headers.get("location"), "/sub/");
    assert.deepEqual(
      [(await call(handler, "/x")).status, (await call(handler, "/a.txt", { method: "POST" })).status],
      [404, 405],
    );
  });

  it("reads larger files as they are asked for, and lets go of them", async () => {
    const { site, handler } = await handlerOf();
    await using _ = site;

    const whole = await call(handler, "/big.bin");
    assert.equal((await whole.arrayBuffer()).byteLength, 3_000_000);
    const begun = (await call(handler, "/big.bin")).body!.getReader();
    await begun.read();
    assert.equal(openDescriptors(site.base), 1);
    await begun.cancel();

    await until(5_000, "the descriptor is closed", () => openDescriptors(site.base) === 0);
  });

  it("takes a prefix off, and may leave to others what is no file", async () => {
    const { site, handler } = await handlerOf({ prefix: "/files", fallthrough: true });
    await using _ = site;
    const passed = new Response(null, { status: 404 });
    const context = contextOf(new Request("http://a.example/"), { passThrough: () => passed });

    assert.equal(await (await call(handler, "/files/a.txt", {}, context)).text(), DIGITS);
    assert.equal(await call(handler, "/files/missing", {}, context), passed);
    assert.equal((await call(handler, "/files/missing")).status, 404);
  });

  it("A56: keeps uploads from running", async () => {
    const { site, handler } = await handlerOf({ uploads: true });
    await using _ = site;

    const { headers } = await call(handler, "/sub/index.html");

    assert.equal(headers.get("content-security-policy"), "sandbox; default-src 'none'");
    assert.match(headers.get("content-disposition") ?? "", /^attachment/);
  });

  it("refuses wrong options and missing directories when it is called", () => {
    assert.throws(() => staticFiles("/nowhere/at/all"), { code: "ERR_STATIC_ROOT" });
    assert.throws(() => staticFiles(".", { dotfiles: "yes" } as never), {
      code: "ERR_OPTIONS_INVALID",
      message: /"dotfiles" of staticFiles\("\."\) is "yes"; it must be "deny" or "allow"/,
    });
  });

  for (const { engine, mode } of WAYS) {
    it(`serves an app on our host [${engine}, ${mode}]`, async () => {
      const { site, handler } = await handlerOf({ prefix: "/f" });
      await using _ = site;
      await using server = await start(engine, handler, { mode });

      const big = await server.ask("GET /f/big.bin HTTP/1.1\r\nHost: a.example\r\n\r\n");
      const head = await server.ask("HEAD /f/a.txt HTTP/1.1\r\nHost: a.example\r\n\r\n", { isHead: true });

      assert.deepEqual([big.status, big.field("content-length"), big.body.length], [200, "3000000", 3_000_000]);
      assert.equal(head.field("content-length"), "1000");
      assert.equal((await server.ask("GET /f/../../x HTTP/1.1\r\nHost: a.example\r\n\r\n")).status, 404);
    });
  }
});
