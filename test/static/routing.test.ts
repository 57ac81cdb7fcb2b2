// Which requests does the static phase answer, and with what kind of answer?

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { describe, it } from "node:test";
import { ServerError } from "../../src/errors.ts";
import { ask, headOf, phaseFor, Site } from "./site.ts";

describe("mounts", () => {
  it("match at segment borders only", async () => {
    await using site = await Site.create({ "a.txt": "a" });
    const phase = phaseFor({ "/assets": site.root }, { fallthrough: true });

    assert.equal((await ask(phase, "GET", "/assets/a.txt")).text, "a");
    for (const target of ["/a.txt", "/assetsa.txt", "/assets2/a.txt", "/ASSETS/a.txt", "/x/assets/a.txt", "/"]) {
      assert.equal(phase(headOf("GET", target)), null, target);
    }
  });

  it("match the path that a router sees", async () => {
    await using site = await Site.create({ "a.txt": "a" });
    const phase = phaseFor({ "/assets": site.root }, { fallthrough: true });

    assert.equal((await ask(phase, "GET", "/x/../assets/a.txt")).text, "a");
    assert.equal(phase(headOf("GET", "/assets/../private/a.txt")), null);
    assert.equal(phase(headOf("GET", "/assets/%2e%2e/%zz")), null);
    assert.equal(phase(headOf("GET", "/assets%2fa.txt")), null);
  });

  it("are tried longest first, and only one of them", async () => {
    await using site = await Site.create({ "a.txt": "outer", "deep/a.txt": "never", "b.txt": "b" });
    await site.write("other/a.txt", "inner");
    const mounts = { "/": site.root, "/deep/": join(site.base, "other") };
    const phase = phaseFor(mounts, { fallthrough: false });

    assert.equal((await ask(phase, "GET", "/a.txt")).text, "outer");
    assert.equal((await ask(phase, "GET", "/deep/a.txt")).text, "inner");
    assert.equal((await ask(phase, "GET", "/deep/b.txt")).status, 404);
  });

  it("may have a prefix beyond ASCII", async () => {
    await using site = await Site.create({ "a.txt": "a" });
    const phase = phaseFor({ "/bücher": site.root, "/a%20b": site.root }, { fallthrough: false });

    assert.equal((await ask(phase, "GET", "/b%C3%BCcher/a.txt")).text, "a");
    assert.equal((await ask(phase, "GET", "/a%20b/a.txt")).text, "a");
  });

  it("may have a relative directory", async () => {
    await using site = await Site.create({ "a.txt": "a" });
    const phase = phaseFor({ "/": relative(process.cwd(), site.root) }, { fallthrough: false });

    assert.equal((await ask(phase, "GET", "/a.txt")).text, "a");
  });

  it("are refused at creation when the directory is missing or none, by its absolute name", async () => {
    await using site = await Site.create({ "a.txt": "a" });
    for (const directory of [join(site.base, "missing"), join(site.root, "a.txt")]) {
      assert.throws(
        () => phaseFor({ "/": relative(process.cwd(), directory) }, { fallthrough: true }),
        (error) =>
          error instanceof ServerError && error.code === "ERR_STATIC_ROOT" && error.message.includes(`"${directory}"`),
      );
    }
  });

  it("are refused at creation when no path can match the prefix, or two are the same", async () => {
    await using site = await Site.create();
    for (const prefix of [
      "",
      "assets",
      "/a?b",
      "/a#b",
      "//",
      "/a//b",
      "/../a",
      "/a/./b",
      "/%zz",
      "/a\\b",
      "/a\ud800",
    ]) {
      assert.throws(
        () => phaseFor({ [prefix]: site.root }, { fallthrough: true }),
        (error) => error instanceof ServerError && error.code === "ERR_OPTIONS_INVALID",
        JSON.stringify(prefix),
      );
    }
    assert.throws(() => phaseFor({ "/a": site.root, "/a/": site.root }, { fallthrough: true }), /given twice/);
  });
});

describe("directories", () => {
  it("A32: serve their index at the path with the slash", async () => {
    await using site = await Site.create({ "index.html": "top", "sub/index.html": "sub" });
    const phase = phaseFor({ "/": site.root }, { fallthrough: false });

    const top = await ask(phase, "GET", "/?x=1");
    assert.equal(top.text, "top");
    assert.equal(top.fields["content-type"], "text/html; charset=utf-8");
    assert.equal((await ask(phase, "GET", "/sub/")).text, "sub");
    assert.equal((await ask(phase, "GET", "/sub/index.html")).text, "sub");
  });

  it("A32: redirect to the slash with a path, keeping the query", async () => {
    await using site = await Site.create({ "sub/index.html": "sub", "a b/index.html": "blank" });
    const phase = phaseFor({ "/": site.root, "/m": site.root }, { fallthrough: true });

    const answer = await ask(phase, "GET", "/sub?x=1");
    assert.equal(answer.status, 308);
    assert.equal(answer.fields["location"], "/sub/?x=1");
    assert.equal(answer.fields["cache-control"], "no-cache");
    assert.equal(answer.text, "");
    assert.equal((await ask(phase, "GET", "/a%20b")).fields["location"], "/a%20b/");
    assert.equal((await ask(phase, "GET", "/x/../sub?")).fields["location"], "/sub/?");
    assert.equal((await ask(phase, "HEAD", "/m/sub?/..//x")).fields["location"], "/m/sub/?/..//x");
  });

  it("A32: redirect from the bare prefix of a mount", async () => {
    await using site = await Site.create({ "index.html": "top" });
    const phase = phaseFor({ "/m": site.root }, { fallthrough: false });

    assert.equal((await ask(phase, "GET", "/m?q")).fields["location"], "/m/?q");
    assert.equal((await ask(phase, "GET", "/m/")).text, "top");
  });

  it("A33: never redirect to another host", async () => {
    await using site = await Site.create({ "sub/index.html": "sub", "evil.example/index.html": "evil" });
    const phase = phaseFor({ "/": site.root }, { fallthrough: false });

    for (const target of [
      "//evil.example",
      "/\\evil.example",
      "//sub",
      "/.//sub",
      "/sub/..//evil.example",
      "/%2fsub",
    ]) {
      assert.equal((await ask(phase, "GET", target)).status, 404, target);
    }
  });

  it("A35: without an index are not found, with the slash and without", async () => {
    await using site = await Site.create({ "bare/a.txt": "a" });
    await mkdir(join(site.root, "odd/index.html"), { recursive: true });
    const phase = phaseFor({ "/": site.root }, { fallthrough: false });

    for (const target of ["/", "/bare", "/bare/", "/odd", "/odd/"]) {
      assert.equal((await ask(phase, "GET", target)).status, 404, target);
    }
  });
});

describe("methods", () => {
  it("A51: other than GET and HEAD are 405 with Allow where no app stands behind", async () => {
    await using site = await Site.create({ "a.txt": "a" });
    const phase = phaseFor({ "/": site.root }, { fallthrough: false });

    for (const method of ["POST", "PUT", "DELETE", "PATCH", "PURGE"]) {
      const answer = await ask(phase, method, "/a.txt");
      assert.equal(answer.status, 405, method);
      assert.equal(answer.fields["allow"], "GET, HEAD");
    }
  });

  it("A51: OPTIONS is 204 with Allow", async () => {
    await using site = await Site.create({ "a.txt": "a" });
    const phase = phaseFor({ "/": site.root }, { fallthrough: false });

    const answer = await ask(phase, "OPTIONS", "/a.txt");

    assert.equal(answer.status, 204);
    assert.equal(answer.fields["allow"], "GET, HEAD");
    assert.equal(answer.reply.body, null);
    assert.equal(answer.reply.sizeBytes, null);
  });

  it("A51: fall through, files or not, where an app stands behind", async () => {
    await using site = await Site.create({ "a.txt": "a" });
    const phase = phaseFor({ "/": site.root }, { fallthrough: true });

    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PURGE"]) {
      assert.equal(phase(headOf(method, "/a.txt")), null, method);
    }
  });
});

describe("what is not there", () => {
  it("is left to the app, and 404 without one", async () => {
    await using site = await Site.create({ "a.txt": "a" });

    const behind = phaseFor({ "/": site.root }, { fallthrough: true });
    const alone = phaseFor({ "/m": site.root }, { fallthrough: false });

    assert.equal(await behind(headOf("GET", "/missing")), null);
    assert.equal((await ask(alone, "GET", "/m/missing")).status, 404);
    assert.equal((await ask(alone, "GET", "/elsewhere")).status, 404);
    assert.equal((await ask(alone, "POST", "/elsewhere")).status, 404);
  });

  it("A5: is 404 whatever the preconditions say", async () => {
    await using site = await Site.create();
    const phase = phaseFor({ "/": site.root }, { fallthrough: false });

    for (const fields of [{ "if-match": '"x"' }, { "if-none-match": "*" }, { range: "bytes=0-0" }]) {
      assert.equal((await ask(phase, "GET", "/missing", fields)).status, 404);
    }
  });

  it("A31: is never stored by a cache, and A54: never sniffed", async () => {
    await using site = await Site.create({ "a.txt": "a" });
    const phase = phaseFor({ "/": site.root }, { fallthrough: false });

    for (const [method, target] of [
      ["GET", "/missing"],
      ["GET", "/%00"],
      ["PUT", "/a.txt"],
    ] as const) {
      const { fields, text } = await ask(phase, method, target);
      assert.equal(fields["cache-control"], "no-store");
      assert.equal(fields["x-content-type-options"], "nosniff");
      assert.equal(fields["content-type"], "text/html; charset=utf-8");
      assert.equal(text.length > 0 && !text.includes(site.base), true);
    }
  });

  it("A20: answers HEAD with the fields of GET and the length of its text", async () => {
    await using site = await Site.create();
    const phase = phaseFor({ "/": site.root }, { fallthrough: false });

    const get = await ask(phase, "GET", "/missing");
    const head = await ask(phase, "HEAD", "/missing");

    assert.deepEqual(head.fields, get.fields);
    assert.equal(head.reply.body, null);
    assert.equal(head.reply.sizeBytes, get.text.length);
  });
});
