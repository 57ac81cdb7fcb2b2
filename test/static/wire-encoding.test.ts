// Does each client get the smallest form of a file that it takes? (RFC 9110 sections 8.4 and 12.5.3.)

import assert from "node:assert/strict";
import { mkdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { MODIFIED_MS } from "./site.ts";
import { everyWay } from "./wire.ts";

/** The content tells which file it is; the sizes put br before zstd before gzip. */
const FILES = {
  "app.js": "identity".padEnd(1000, "."),
  "app.js.br": "br".padEnd(100, "."),
  "app.js.zst": "zstd".padEnd(200, "."),
  "app.js.gz": "gzip".padEnd(300, "."),
  "tie.css": "identity".padEnd(1000, "."),
  "tie.css.br": "br".padEnd(100, "."),
  "tie.css.zst": "zstd".padEnd(100, "."),
  "tie.css.gz": "gzip".padEnd(100, "."),
  "only.js": "identity".padEnd(1000, "."),
  "only.js.gz": "gzip".padEnd(300, "."),
  "plain.html": "identity",
  "photo.jpg": "identity",
  "stale.js": "identity",
  "stale.js.gz": "gzip of an older one",
  "dir.js": "identity",
  "lonely.txt.gz": "no original",
  "sub/index.html": "identity",
  "sub/index.html.br": "br",
};

async function prepare({ root }: { readonly root: string }): Promise<void> {
  await utimes(join(root, "stale.js.gz"), MODIFIED_MS / 1000 - 60, MODIFIED_MS / 1000 - 60);
  await mkdir(join(root, "dir.js.gz"));
}

everyWay("a sidecar", { files: FILES, prepare }, (served) => {
  const codingOf = async (target: string, accept: string | null): Promise<string> => {
    const answer = await served.get(target, ...(accept === null ? [] : [`Accept-Encoding: ${accept}`]));
    const said = answer.field("content-encoding") ?? "identity";
    assert.equal(answer.status, 200);
    assert.ok(answer.text.startsWith(said), `${answer.text.slice(0, 10)} is called ${said}`);
    return said;
  };

  it("A21: is chosen by tokens, without case, by quality", async () => {
    const cases: readonly (readonly [string | null, string])[] = [
      [null, "identity"],
      ["", "identity"],
      ["gzip", "gzip"],
      ["GZIP", "gzip"],
      ["x-gzip", "gzip"],
      ["deflate, gzip ;q=1.0", "gzip"],
      ["gzip;q=0", "identity"],
      ["gzip;q=0.000", "identity"],
      ["br;q=0, gzip", "gzip"],
      ["sbr", "identity"],
      ["br2, xgzip", "identity"],
      ["*", "br"],
      ["*;q=0.5, br;q=0", "zstd"],
      ["*;q=0", "identity"],
      ["gzip;q=2", "identity"],
      ["gzip;q=a, zstd", "zstd"],
      ["gzip;level=9", "identity"],
      ["identity;q=0", "identity"],
      ["identity, gzip;q=0.5", "identity"],
    ];
    for (const [accept, coding] of cases) assert.equal(await codingOf("/app.js", accept), coding, String(accept));
  });

  it("A22: is the one of the highest quality, else the smallest, else zstd, br, gzip", async () => {
    assert.equal(await codingOf("/app.js", "gzip;q=0.9, br;q=0.1"), "gzip");
    assert.equal(await codingOf("/app.js", "gzip, deflate, br, zstd"), "br");
    assert.equal(await codingOf("/app.js", "gzip, zstd"), "zstd");
    assert.equal(await codingOf("/tie.css", "gzip, deflate, br, zstd"), "zstd");
    assert.equal(await codingOf("/tie.css", "gzip, br"), "br");
  });

  it("A23: is not forced on anybody: identity is sent where nothing fits", async () => {
    assert.equal(await codingOf("/only.js", "br"), "identity");
    assert.equal(await codingOf("/only.js", "br, identity;q=0"), "identity");
    assert.equal(await codingOf("/plain.html", "gzip"), "identity");
  });

  it("A24: makes caches ask, also for identity, 304 and 206, and where one could come", async () => {
    const etag = await served.etag("/app.js");
    for (const fields of [[], ["Accept-Encoding: br"], ["Range: bytes=0-4"], [`If-None-Match: ${etag}`]]) {
      assert.equal((await served.get("/app.js", ...fields)).field("vary"), "accept-encoding", String(fields));
    }
    assert.equal((await served.get("/plain.html")).field("vary"), "accept-encoding");
    assert.equal((await served.get("/photo.jpg")).field("vary"), null);
  });

  it("A25: has a tag of its own, which no other variant answers to", async () => {
    const codings = ["br", "zstd", "gzip", "identity"];
    const tags = await Promise.all(codings.map((coding) => served.etag("/app.js", `Accept-Encoding: ${coding}`)));
    assert.equal(new Set(tags).size, 4);

    for (const [i, coding] of codings.entries()) {
      for (const [j, tag] of tags.entries()) {
        const status = await served.status("/app.js", `Accept-Encoding: ${coding}`, `If-None-Match: ${tag}`);
        assert.equal(status, i === j ? 304 : 200, `${coding} ${codings[j]}`);
      }
    }
  });

  it("A26: has the type of the file it stands for", async () => {
    for (const accept of ["br", "gzip", "zstd"]) {
      const { field } = await served.get("/app.js", `Accept-Encoding: ${accept}`);
      assert.equal(field("content-type"), "text/javascript; charset=utf-8");
    }
  });

  it("A27: older than its file, or a directory, is not used", async () => {
    assert.equal(await codingOf("/stale.js", "gzip"), "identity");
    assert.equal(await codingOf("/dir.js", "gzip"), "identity");
    await codingOf("/stale.js", "gzip");

    assert.deepEqual(served.warnings.filter((sentence) => sentence.includes("stale.js.gz")).length, 1);
  });

  it("A28: has no address of its own beside its file", async () => {
    for (const target of ["/app.js.gz", "/app.js.br", "/app.js.zst", "/stale.js.gz"]) {
      assert.equal(await served.status(target), 404, target);
    }
    const lonely = await served.get("/lonely.txt.gz");
    assert.deepEqual([lonely.status, lonely.field("content-type")], [200, "application/gzip"]);
  });

  it("A29: of zstd is read from disk on every Node", async () => {
    assert.equal(await codingOf("/app.js", "zstd"), "zstd");
  });

  it("A20: is negotiated for HEAD and for an index, too", async () => {
    const head = await served.head("/app.js", "Accept-Encoding: br");
    assert.deepEqual([head.field("content-encoding"), head.field("content-length")], ["br", "100"]);
    assert.equal((await served.get("/sub/", "Accept-Encoding: br")).text, "br");
  });
});

everyWay(
  "a mount without sidecars",
  {
    files: FILES,
    options: ({ root }) => ({
      static: { "/": { dir: root, precompressed: ["gzip"] }, "/no": { dir: root, precompressed: false } },
    }),
  },
  (served) => {
    it("A21: sends only the codings it may", async () => {
      assert.equal((await served.get("/app.js", "Accept-Encoding: br, gzip")).field("content-encoding"), "gzip");
      const { field } = await served.get("/no/app.js", "Accept-Encoding: br, gzip");
      assert.deepEqual([field("content-encoding"), field("vary")], [null, null]);
    });

    it("A28: serves the others as the files they are", async () => {
      assert.equal(await served.status("/app.js.br"), 200);
      assert.equal(await served.status("/app.js.gz"), 404);
      assert.equal(await served.status("/no/app.js.gz"), 200);
    });
  },
);
