// How long may a file be kept, and what answers where there is none: directories, applications, pages of errors?

import assert from "node:assert/strict";
import { it } from "node:test";
import { everyWay, request } from "./wire.ts";

const FILES = {
  "index.html": "the start page",
  "app.js": "plain",
  "app.3f2a91bc.js": "hashed",
  "page.html": "a page",
  "blog.html": "the blog",
  "sub/index.html": "the index of sub",
  "bücher/index.html": "books",
  "empty/note.txt": "no index here",
  "404.html": "<h1>custom 404</h1>",
  ".well-known/x.txt": "well known",
};

const YEAR = "public, max-age=31536000, immutable";

everyWay(
  "a file",
  {
    files: FILES,
    options: ({ root }) => ({
      static: {
        "/": { dir: root, immutable: true },
        "/age": { dir: root, maxAgeMs: "1h", immutable: /^app\./ },
        "/own": { dir: root, immutable: true, headers: { "Cache-Control": "private", "X-Own": "1", vary: "origin" } },
        "/bare": { dir: root, notFound: false, index: false },
        "/tags": { dir: root, etag: "hash" },
        "/untagged": { dir: root, etag: false },
      },
    }),
  },
  (served) => {
    const keptFor = async (target: string): Promise<string | null> => (await served.get(target)).field("cache-control");

    it("A30: with a hash in its name is kept for a year, where asked for, and others are revalidated", async () => {
      assert.equal(await keptFor("/app.3f2a91bc.js"), YEAR);
      for (const target of ["/app.js", "/page.html", "/"]) assert.equal(await keptFor(target), "no-cache", target);
      assert.equal(await keptFor("/age/blog.html"), "no-cache");
      assert.equal(await keptFor("/age/empty/note.txt"), "public, max-age=3600");
      assert.equal(await keptFor("/age/app.js"), YEAR);
    });

    it("A30: has what its owner says instead", async () => {
      const { field } = await served.get("/own/app.3f2a91bc.js");
      assert.deepEqual(
        [field("cache-control"), field("x-own"), field("vary")],
        ["private", "1", "origin, accept-encoding"],
      );
    });

    it("A31: that is not there is never kept", async () => {
      for (const target of ["/gone.3f2a91bc.js", "/age/app.gone.js", "/bare/x", "/own/x", "/%00"]) {
        assert.equal(await keptFor(target), "no-store", target);
      }
      const { status, field } = await served.get("/app.3f2a91bc.js", 'If-Match: "x"');
      assert.deepEqual([status, field("cache-control")], [412, "no-store"]);
    });

    it("A37: that is not there is answered with the page for it, whole and without validators", async () => {
      for (const field of ["X-A: b", "If-None-Match: *", "Range: bytes=0-4"]) {
        const answer = await served.get("/missing", field);
        assert.deepEqual([answer.status, answer.text], [404, FILES["404.html"]], field);
        assert.deepEqual(
          answer.fields.filter(([name]) => /etag|last-mod|ranges|content-range/.test(name)),
          [],
        );
      }
      const head = await served.head("/missing");
      assert.deepEqual([head.status, head.field("content-length")], [404, "19"]);
      assert.ok(!(await served.get("/bare/missing")).text.includes("custom"));
    });

    it("A7: is tagged by its content where asked for, or not at all", async () => {
      const hash = await served.etag("/tags/app.js");
      assert.match(hash, /^"[\w-]{21}"$/);
      assert.equal(await served.status("/tags/app.js", `If-None-Match: ${hash}`), 304);
      assert.equal((await served.get("/untagged/app.js")).field("etag"), null);
    });

    it("A35: a directory without an index is 404, and shows nothing", async () => {
      for (const target of ["/empty/", "/empty", "/bare/", "/bare/sub/"]) {
        const { status, text } = await served.get(target);
        assert.deepEqual([status, text.includes("note.txt")], [404, false], target);
      }
    });
  },
);

everyWay("a directory", { files: FILES, options: ({ root }) => ({ static: { "/": root, "/m": root } }) }, (served) => {
  const locationOf = async (target: string): Promise<unknown[]> => {
    const { status, field } = await served.get(target);
    return [status, field("location")];
  };

  it("A32: is its index, and its name without the slash leads there with the query", async () => {
    assert.equal((await served.get("/sub/")).text, "the index of sub");
    assert.deepEqual(await locationOf("/sub"), [308, "/sub/"]);
    assert.deepEqual(await locationOf("/sub?x=1&y=%2F"), [308, "/sub/?x=1&y=%2F"]);
    assert.deepEqual(await locationOf("/b%C3%BCcher"), [308, "/b%C3%BCcher/"]);
    assert.deepEqual(await locationOf("/m"), [308, "/m/"]);
    assert.equal((await served.get("/m/")).text, "the start page");
  });

  it("A33: leads to no other host, however it is written", async () => {
    for (const target of ["//evil.example/%2e%2e/sub", "//evil.example/sub", "/%5Cevil.example/", "//sub"]) {
      assert.deepEqual(await locationOf(target), [404, null], target);
    }
    assert.deepEqual(await locationOf("/x/../sub"), [308, "/sub/"]);
    assert.deepEqual(await locationOf("/%2e%2e/sub"), [308, "/sub/"]);
  });

  it("A34: is no file, and a file is no directory", async () => {
    for (const target of ["/app.js/", "/app.js/index.html", "/sub/index.html/"]) {
      assert.equal(await served.status(target), 404, target);
    }
  });

  it("A38: a name without its extension is no file", async () => {
    assert.equal(await served.status("/blog"), 404);
  });
});

everyWay(
  "an application of pages",
  {
    files: FILES,
    options: ({ root }) => ({
      static: {
        "/": { dir: root, spa: { file: "index.html", except: ["/api", "/rpc/"] } },
        "/site": { dir: root, extensions: ["html"], listing: true },
      },
    }),
  },
  (served) => {
    const HTML = "Accept: text/html,application/xhtml+xml,*/*;q=0.8";

    it("A36: answers for page loads that name no file", async () => {
      for (const [target, accept] of [
        ["/users/5", HTML],
        ["/users/5", "Accept: */*"],
        ["/a/b/?q=x.js", HTML],
      ] as const) {
        const { status, text, field } = await served.get(target, accept);
        assert.deepEqual([status, text, field("cache-control")], [200, "the start page", "no-cache"], target);
      }
      assert.equal((await served.head("/users/5", HTML)).field("content-length"), "14");
      assert.equal(await served.status("/users/5", HTML, `If-None-Match: ${await served.etag("/")}`), 304);
    });

    it("A36: tells caches that another Accept gets another answer", async () => {
      const etag = `If-None-Match: ${await served.etag("/")}`;
      for (const fields of [[HTML], [HTML, etag], [HTML, "Range: bytes=0-1"], [HTML, 'If-Match: "x"']]) {
        const { status, field } = await served.get("/users/5", ...fields);
        // The page of a 412 is itself chosen by Accept, and never compressed.
        assert.equal(field("vary"), status === 412 ? "accept" : "accept-encoding, accept", String(status));
      }
      assert.equal((await served.get("/", HTML)).field("vary"), "accept-encoding");
    });

    it("A36: does not answer for files, other types, other methods, well-known places and an API", async () => {
      const missing = [
        "/assets/x.js",
        "/logo.png",
        "/.well-known/acme",
        "/api",
        "/api/users",
        "/rpc/call",
        "/%2e/x.js",
      ];
      for (const target of missing) assert.equal(await served.status(target, HTML), 404, target);
      for (const accept of ["application/json", "text/html;q=0, */*", "image/*"]) {
        assert.equal(await served.status("/users/5", `Accept: ${accept}`), 404, accept);
      }
      assert.equal((await served.ask(request("POST", "/users/5", [HTML, "Content-Length: 0"]))).status, 405);
      assert.equal((await served.get("/apiary", HTML)).text, "the start page");
    });

    it("A38: finds names without their extension where asked to", async () => {
      assert.equal((await served.get("/site/blog")).text, "the blog");
      assert.equal((await served.get("/site/blog.html")).text, "the blog");
      assert.deepEqual([await served.status("/site/blog/"), await served.status("/site/nothing")], [404, 404]);
    });

    it("A35: lists a directory where asked to, escaped and without dotfiles", async () => {
      const { status, text, field } = await served.get("/site/empty/");
      assert.deepEqual([status, field("content-type")], [200, "text/html; charset=utf-8"]);
      assert.ok(text.includes("note.txt") && text.includes('href="../"'));
      assert.equal((await served.get("/site/empty?x=1")).field("location"), "/site/empty/?x=1");
      assert.equal((await served.head("/site/empty/")).field("content-length"), String(Buffer.byteLength(text)));
      assert.ok(!(await served.get("/site/")).text.includes("well-known"));
    });
  },
);
