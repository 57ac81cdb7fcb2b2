// What keeps a file, an upload or an error from doing harm in a browser?

import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { attachment } from "../../src/http/content-disposition.ts";
import { everyWay, request } from "./wire.ts";

/** One for each way to know a type: the usual table, ours, and none. */
const TYPES = {
  "a.txt": "text/plain; charset=utf-8",
  "app.js": "text/javascript; charset=utf-8",
  "photo.jpg": "image/jpeg",
  "video.ts": "video/mp2t",
  "site.webmanifest": "application/manifest+json; charset=utf-8",
  "module.wasm": "application/wasm",
  unnamed: "application/octet-stream",
};

const FILES = {
  "video.ts": "video",
  "site.webmanifest": "{}",
  "module.wasm": "wasm",
  unnamed: "?",
  "a.txt": "text",
  "page.html": "<script>alert(1)</script>",
  "image.svg": "<svg/>",
  "feed.xml": "<xml/>",
  "x.xhtml": "<html/>",
  'quo"te.html': "<p>",
  "photo.jpg": "jpeg",
  "app.js": "js",
  "app.js.gz": "somebody's gzip",
  "sub/index.html": "<p>",
};

everyWay(
  "what is sent",
  { files: FILES, options: ({ root }) => ({ static: { "/": root }, media: { "/up": root } }) },
  (served) => {
    it("A52, A53: says what it is, with the charset of text", async () => {
      for (const [name, type] of Object.entries(TYPES)) {
        assert.equal((await served.head(`/${name}`)).field("content-type"), type, name);
      }
    });

    it("A54: is never to be sniffed, whatever it is", async () => {
      const etag = await served.etag("/a.txt");
      const answers = [
        await served.get("/a.txt"),
        await served.get("/a.txt", `If-None-Match: ${etag}`),
        await served.get("/a.txt", "Range: bytes=0-1"),
        await served.get("/a.txt", "Range: bytes=0-0,2-2"),
        await served.get("/a.txt", "Range: bytes=9-"),
        await served.get("/a.txt", 'If-Match: "x"'),
        await served.get("/sub"),
        await served.get("/missing"),
        await served.get("/%00"),
        await served.ask(request("POST", "/a.txt", ["Content-Length: 0"])),
        await served.ask(request("OPTIONS", "/a.txt")),
      ];
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 304, 206, 206, 416, 412, 308, 404, 400, 405, 204],
      );
      for (const { status, field } of answers) assert.equal(field("x-content-type-options"), "nosniff", String(status));
    });

    it("A56: runs nothing when it was uploaded, and is saved rather than shown when it could", async () => {
      for (const name of ["page.html", "image.svg", "feed.xml", "x.xhtml"]) {
        const { field } = await served.get(`/up/${name}`);
        assert.equal(field("content-security-policy"), "sandbox; default-src 'none'", name);
        assert.equal(field("content-disposition"), `attachment; filename="${name}"`);
      }
      for (const name of ["photo.jpg", "a.txt"]) {
        const { field } = await served.get(`/up/${name}`);
        assert.equal(field("content-security-policy"), "sandbox; default-src 'none'", name);
        assert.equal(field("content-disposition"), null);
      }
      const { field } = await served.get("/page.html");
      assert.deepEqual([field("content-security-policy"), field("content-disposition")], [null, null]);
    });

    it("A56: keeps its policy in a 304 and a 206", async () => {
      const etag = await served.etag("/up/page.html");
      for (const line of [`If-None-Match: ${etag}`, "Range: bytes=0-1"]) {
        const { field } = await served.get("/up/page.html", line);
        assert.equal(field("content-security-policy"), "sandbox; default-src 'none'", line);
      }
    });

    it("A56: lets no upload speak for another one, nor for a directory", async () => {
      assert.equal((await served.get("/up/app.js", "Accept-Encoding: gzip")).text, "js");
      assert.equal(await served.status("/up/app.js.gz"), 200);
      assert.deepEqual([await served.status("/up/sub/"), await served.status("/up/sub")], [404, 404]);
    });

    it("A55: has a name that cannot end its field", async () => {
      const { field } = await served.get("/up/quo%22te.html");
      assert.equal(
        field("content-disposition"),
        "attachment; filename=\"quo_te.html\"; filename*=UTF-8''quo%22te.html",
      );
    });

    it("A57: says of an error what it has to, as a page or as JSON, and no path of the disk", async () => {
      for (const [target, status] of [
        ["/missing", 404],
        ["/%00", 400],
      ] as const) {
        const page = await served.get(target, "Accept: text/html");
        assert.deepEqual([page.status, page.field("content-type")], [status, "text/html; charset=utf-8"]);
        assert.match(page.field("content-security-policy") ?? "", /^default-src 'none'/);
        assert.ok(page.body.length < 4_000 && !page.text.includes(served.site.base) && !page.text.includes("missing"));
        const json = await served.get(target, "Accept: application/json");
        assert.equal(json.field("content-type"), "application/json");
        assert.equal((JSON.parse(json.text) as { status: number }).status, status);
      }
    });
  },
);

it("A55: any file name makes a field of visible ASCII with two parameters at most, and comes back", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 40 }), (name) => {
      const field = attachment(name);

      assert.match(field, /^attachment(?:; filename="[^"\\%]*"(?:; filename\*=UTF-8''[\w!#$&+\-.^`|~%]*)?)?$/);
      assert.doesNotMatch(field, /[^\x20-\x7e]/);
      const exact = /filename\*=UTF-8''(.*)$/.exec(field)?.[1];
      const base = name.split(/[/\\]/).at(-1) ?? "";
      if (exact !== undefined) assert.equal(decodeURIComponent(exact), base.replaceAll(/\p{Surrogate}/gu, "\uFFFD"));
    }),
  );
});
