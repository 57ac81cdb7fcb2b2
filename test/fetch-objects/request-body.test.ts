import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { BodyReader } from "../../src/engine/engine.ts";
import { createRequest } from "../../src/engine/request.ts";
import { ChunkSource, exchangeOf, installWhileRunning, onEachKind, type MakeRequest } from "./request-pair.ts";

const UNUSABLE = { name: "TypeError", message: /unusable/ };
const GREETING = { method: "POST", chunks: ["Hel", "lo, ", "w\u00f6rld"] };

type Reader = (request: Request) => Promise<unknown>;

const READERS: Record<string, Reader> = {
  text: (request) => request.text(),
  json: (request) => request.json(),
  arrayBuffer: (request) => request.arrayBuffer(),
  blob: (request) => request.blob(),
  bytes: (request) => bytesFrom(request),
  formData: (request) => request.formData(),
};

describe("The body of a Request", () => {
  installWhileRunning();

  onEachKind("is read as text", async (make) => {
    assert.equal(await make(GREETING).text(), "Hello, w\u00f6rld");
  });

  onEachKind("is read as text without its byte order mark, with U+FFFD for what is not UTF-8", async (make) => {
    for (const [bytes, text] of UTF8_CASES) {
      assert.equal(await make({ method: "POST", chunks: [Uint8Array.from(bytes)] }).text(), text);
    }
  });

  onEachKind("is decoded across chunk borders", async (make) => {
    const chunks = [Uint8Array.of(0xef), Uint8Array.of(0xbb, 0xbf, 0xe2), Uint8Array.of(0x82), Uint8Array.of(0xac)];

    assert.equal(await make({ method: "POST", chunks }).text(), "\u20ac");
  });

  onEachKind("is read as JSON, whatever its type says", async (make) => {
    const fields = ["content-type", "text/plain"];

    assert.deepEqual(await make({ method: "PUT", fields, chunks: ['\ufeff{"a":', "[1]}"] }).json(), { a: [1] });
    await assert.rejects(make({ method: "PUT", chunks: ["{"] }).json(), SyntaxError);
    await assert.rejects(make({ method: "PUT", chunks: [""] }).json(), SyntaxError);
  });

  onEachKind("is read as bytes that nobody else holds", async (make) => {
    const buffer = await make(GREETING).arrayBuffer();
    const bytes = await bytesFrom(make(GREETING));

    assert.ok(buffer instanceof ArrayBuffer);
    assert.equal(Buffer.from(buffer).toString(), "Hello, w\u00f6rld");
    assert.equal(Object.getPrototypeOf(bytes), Uint8Array.prototype);
    assert.equal(bytes.byteLength, bytes.buffer.byteLength);
    assert.equal(Buffer.from(bytes).toString(), "Hello, w\u00f6rld");
  });

  onEachKind("is read as a blob of the request's type", async (make) => {
    for (const [contentType, type] of BLOB_TYPES) {
      const fields = contentType === null ? [] : ["content-type", contentType];
      const blob = await make({ ...GREETING, fields }).blob();

      assert.ok(blob instanceof Blob);
      assert.equal(blob.type, type);
      assert.equal(await blob.text(), "Hello, w\u00f6rld");
    }
  });

  onEachKind("is read as a URL-encoded form", async (make) => {
    const fields = ["content-type", "application/x-www-form-urlencoded;charset=UTF-8"];
    const form = await make({ method: "POST", fields, chunks: ["a=1&b=%C3%A9", "+x&a=2"] }).formData();

    assert.ok(form instanceof FormData);
    assert.deepEqual(
      [...form],
      [
        ["a", "1"],
        ["b", "\u00e9 x"],
        ["a", "2"],
      ],
    );
  });

  onEachKind("is read as a multipart form with files", async (make) => {
    const form = await make(multipart()).formData();

    const file = form.get("file") as File;
    assert.equal(form.get("name"), "value");
    assert.equal(file.name, "a.txt");
    assert.equal(file.type, "text/plain");
    assert.equal(await file.text(), "content");
  });

  onEachKind("is no form without a form's type", async (make) => {
    await assert.rejects(make(GREETING).formData(), TypeError);
    await assert.rejects(make({ ...GREETING, fields: ["content-type", "text/plain"] }).formData(), TypeError);
    await assert.rejects(make({ ...GREETING, fields: ["content-type", "multipart/form-data; boundary=x"] }).formData());
  });

  onEachKind("uses the type that the headers have when it is read", async (make) => {
    const request = make({ ...GREETING, fields: ["content-type", "text/html"] });

    request.headers.set("content-type", "text/css");

    assert.equal((await request.blob()).type, "text/css");
  });

  onEachKind("H15: can be read once, in any way", async (make) => {
    for (const first of Object.keys(READERS)) {
      const request = make({ ...form(), chunks: ["1"] });
      assert.equal(request.bodyUsed, false);

      const reading = READERS[first]!(request);
      assert.equal(request.bodyUsed, true);
      for (const second of Object.values(READERS)) await assert.rejects(second(request), UNUSABLE);
      await reading;

      assert.equal(request.bodyUsed, true);
      for (const second of Object.values(READERS)) await assert.rejects(second(request), UNUSABLE);
    }
  });

  onEachKind("H15: stays used after a reading that failed", async (make) => {
    const request = make({ method: "POST", chunks: ["not JSON"] });

    await assert.rejects(request.json(), SyntaxError);

    assert.equal(request.bodyUsed, true);
    await assert.rejects(request.text(), UNUSABLE);
  });
});

describe("A Request without a body", () => {
  installWhileRunning();

  onEachKind("reads as empty, any number of times", async (make) => {
    await readsAsEmpty(make, { method: "POST" });
    await readsAsEmpty(make, { method: "GET" });
    await readsAsEmpty(make, { method: "DELETE" });
  });

  onEachKind("gives a blob of its type and an empty URL-encoded form", async (make) => {
    const request = make({ method: "POST", fields: ["content-type", "application/x-www-form-urlencoded"] });

    assert.equal((await request.blob()).type, "application/x-www-form-urlencoded");
    assert.deepEqual([...(await request.formData())], []);
    await assert.rejects(make({ method: "POST", fields: multipart().fields }).formData(), TypeError);
  });

  onEachKind("H14: is what GET and HEAD make, even if content was sent", async (make) => {
    await readsAsEmpty(make, { method: "GET", chunks: ["content"] });
    await readsAsEmpty(make, { method: "HEAD", chunks: ["content"] });
  });

  it("H14: leaves the content of a GET to the engine", async () => {
    const source = new ChunkSource(["content"]);
    const request = createRequest(exchangeOf({ method: "GET", source }));

    await request.text();
    assert.equal(request.body, null);
    assert.equal(request.clone().body, null);

    assert.deepEqual(source.asked, []);
  });
});

describe("Reading a body without a stream", () => {
  installWhileRunning();

  it("removes one byte order mark only, as the standard wants and the platform's own text() does not", async () => {
    const chunks = [Uint8Array.of(0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf, 0x61)];

    assert.equal(await createRequest(exchangeOf({ method: "POST", chunks })).text(), "\ufeffa");
  });

  it("takes the bytes from the source in one piece", async () => {
    const source = new ChunkSource(["a", "b"]);

    assert.equal(await createRequest(exchangeOf({ method: "POST", source })).text(), "ab");

    assert.deepEqual(source.asked, ["collect"]);
  });

  it("never hands out the memory around the bytes", async () => {
    const slab = Buffer.from("secret body secret");
    const collect = async <Result>(reader: BodyReader<Result>): Promise<Result> =>
      reader(slab.subarray(7, 11) as Uint8Array<ArrayBuffer>, false);
    const source = Object.assign(new ChunkSource([]), { collect });
    const make = (): Request => createRequest(exchangeOf({ method: "POST", source }));

    assert.equal(Buffer.from(await make().arrayBuffer()).toString(), "body");
    assert.equal(Buffer.from((await bytesFrom(make())).buffer).toString(), "body");
    assert.equal(await (await make().blob()).text(), "body");
  });

  it("H15: leaves a body that is locked, disturbed and of no use to a second Request", async () => {
    const request = createRequest(exchangeOf({ method: "POST", chunks: ["a"] }));

    await request.text();

    assert.throws(() => request.clone(), TypeError);
    assert.throws(() => new Request(request), TypeError);
    assert.throws(() => request.body?.getReader(), TypeError);
    assert.equal(request.bodyUsed, true);
    await assert.rejects(request.text(), UNUSABLE);
    assert.equal(await new Request(request, { method: "PUT", body: "new" }).text(), "new");
  });
});

async function readsAsEmpty(make: MakeRequest, spec: Parameters<MakeRequest>[0]): Promise<void> {
  const request = make(spec ?? {});
  assert.equal(request.body, null);
  assert.equal(await request.text(), "");
  assert.equal(await request.text(), "");
  assert.equal((await request.arrayBuffer()).byteLength, 0);
  assert.equal((await bytesFrom(request)).byteLength, 0);
  assert.equal((await request.blob()).size, 0);
  assert.equal((await request.blob()).type, "");
  await assert.rejects(request.json(), SyntaxError);
  await assert.rejects(request.formData(), TypeError);
  assert.equal(request.bodyUsed, false);
  assert.equal(request.body, null);
}

function bytesFrom(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  return (request as Request & { bytes(): Promise<Uint8Array<ArrayBuffer>> }).bytes();
}

function form(): { method: string; fields: string[] } {
  return { method: "POST", fields: ["content-type", "application/x-www-form-urlencoded"] };
}

function multipart(): { method: string; fields: string[]; chunks: string[] } {
  const body = [
    '--xyz\r\nContent-Disposition: form-data; name="name"\r\n\r\nvalue\r\n',
    '--xyz\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n',
    "content\r\n--xyz--\r\n",
  ];
  return { method: "POST", fields: ["content-type", "multipart/form-data; boundary=xyz"], chunks: body };
}

const BLOB_TYPES: readonly (readonly [contentType: string | null, type: string])[] = [
  [null, ""],
  ["text/plain", "text/plain"],
  ["Text/HTML", "text/html"],
  ["text/plain;charset=UTF-8", "text/plain;charset=utf-8"],
  ["text/plain ; charset = x", "text/plain"],
  ["nonsense", ""],
];

/** The decoder's duties one by one: marks, overlong forms, surrogates, cut sequences, what lies beyond Unicode. */
const UTF8_CASES: readonly (readonly [bytes: readonly number[], text: string])[] = [
  [[], ""],
  [[0xef, 0xbb, 0xbf], ""],
  [[0xef, 0xbb, 0xbf, 0x61], "a"],
  [[0x61, 0xef, 0xbb, 0xbf], "a\ufeff"],
  [[0xef, 0xbb], "\ufffd"],
  [[0xfe, 0xff, 0x61], "\ufffd\ufffda"],
  [[0x61, 0x00, 0x62], "a\0b"],
  [[0xc3, 0xa9], "\u00e9"],
  [[0xe9], "\ufffd"],
  [[0xc0, 0x80], "\ufffd\ufffd"],
  [[0xe2, 0x82], "\ufffd"],
  [[0xe2, 0x82, 0x61], "\ufffda"],
  [[0xed, 0xa0, 0x80], "\ufffd\ufffd\ufffd"],
  [[0xf0, 0x9f, 0x98, 0x80], "\u{1f600}"],
  [[0xf4, 0x90, 0x80, 0x80], "\ufffd\ufffd\ufffd\ufffd"],
];
