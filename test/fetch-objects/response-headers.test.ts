// Which header list does `new Response(body, init)` end up with, the content-type that the body implies included?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LightResponse } from "../../src/engine/response.ts";
import { bytes, onBoth, streamOf } from "./response-classes.ts";

describe("Response: headers of init", () => {
  const forms: readonly (readonly [string, () => NonNullable<ConstructorParameters<typeof Headers>[0]>])[] = [
    ["record", () => ({ "X-One": " 1\t", "x-two": "2" })],
    ["record without prototype", () => Object.assign(Object.create(null), { "X-One": "1\r\n", "x-two": "2" })],
    [
      "pairs",
      () => [
        ["X-One", "1"],
        ["x-two", "2"],
      ],
    ],
    ["Headers", () => new Headers({ "X-One": "1", "x-two": "2" })],
    [
      "Map",
      () =>
        new Map([
          ["X-One", "1"],
          ["x-two", "2"],
        ]) as never,
    ],
    [
      "class instance",
      () =>
        new (class {
          "X-One" = "1";
          "x-two" = "2";
        })() as never,
    ],
    ["proxy", () => new Proxy({ "X-One": "1", "x-two": "2" }, {})],
    [
      "generator",
      () =>
        (function* () {
          yield ["X-One", "1"];
          yield ["x-two", "2"];
        })() as never,
    ],
  ];

  for (const [form, make] of forms) {
    onBoth(`takes a ${form} and adds the implicit content-type`, (Class) => {
      assert.deepEqual(
        [...new Class("a", { headers: make() }).headers],
        [
          ["content-type", "text/plain;charset=UTF-8"],
          ["x-one", "1"],
          ["x-two", "2"],
        ],
      );
      assert.deepEqual(
        [...new Class(null, { headers: make() }).headers],
        [
          ["x-one", "1"],
          ["x-two", "2"],
        ],
      );
    });
  }

  onBoth("copies Headers instead of sharing them", (Class) => {
    const headers = new Headers({ a: "1" });
    const response = new Class(null, { headers });

    headers.set("a", "2");

    assert.equal(response.headers.get("a"), "1");
    assert.notEqual(response.headers, headers);
  });

  onBoth("copies a record instead of sharing it", (Class) => {
    const headers = { a: "1" };
    const response = new Class("x", { headers });

    headers.a = "2";

    assert.equal(response.headers.get("a"), "1");
  });

  onBoth("takes another Response as init", (Class) => {
    const response = new Class("b", new Class("a", { status: 404, statusText: "No", headers: { a: "1" } }));

    assert.deepEqual([response.status, response.statusText, response.headers.get("a")], [404, "No", "1"]);
  });

  onBoth("combines two spellings of one name", (Class) => {
    assert.equal(new Class("x", { headers: { "X-A": "1", "x-a": "2" } }).headers.get("x-a"), "1, 2");
  });

  onBoth("keeps two cookies apart", (Class) => {
    const { headers } = new Class("x", {
      headers: [
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"],
      ],
    });

    assert.deepEqual(headers.getSetCookie(), ["a=1", "b=2"]);
  });

  onBoth("converts values to strings", (Class) => {
    const { headers } = new Class("x", { headers: { a: 1, b: null, c: undefined, d: ["x", "y"] } as never });

    assert.deepEqual(
      ["a", "b", "c", "d"].map((name) => headers.get(name)),
      ["1", "null", "undefined", "x,y"],
    );
  });

  onBoth("keeps empty values, latin-1 and control characters that do not break lines", (Class) => {
    const { headers } = new Class("x", { headers: { a: "", b: "caf\u00e9", c: "\x01" } });

    assert.deepEqual(
      ["a", "b", "c"].map((name) => headers.get(name)),
      ["", "caf\u00e9", "\x01"],
    );
  });

  for (const name of ["", "a b", "a:b", "a\n", "\u00e9", "a\0", "a\u0100", "(", "a,b"]) {
    onBoth(`refuses the header name ${JSON.stringify(name)}`, (Class) => {
      assert.throws(() => new Class("x", { headers: { [name]: "1" } }), TypeError);
      assert.throws(() => new Class("x", { headers: [[name, "1"]] }), TypeError);
    });
  }

  for (const value of ["a\nb", "a\rb", "a\0b", "\u0100", "\u{1f600}"]) {
    onBoth(`refuses the header value ${JSON.stringify(value)}`, (Class) => {
      assert.throws(() => new Class("x", { headers: { a: value } }), TypeError);
      assert.throws(() => new Class("x", { headers: [["a", value]] }), TypeError);
    });
  }

  for (const headers of [null, 1, "a: b", [["a"]], [["a", "b", "c"]], ["ab"], { a: Symbol("s") }] as unknown[]) {
    onBoth(`refuses headers ${JSON.stringify(headers)}`, (Class) => {
      assert.throws(() => new Class("x", { headers: headers as never }), TypeError);
    });
  }

  onBoth("lets the headers be changed afterwards, always through one object", async (Class) => {
    const response = new Class("x", { headers: { a: "1" } });
    const { headers } = response;

    headers.append("a", "2");
    headers.delete("content-type");
    await response.text();

    assert.equal(response.headers, headers);
    assert.deepEqual([...response.headers], [["a", "1, 2"]]);
    assert.equal(new Class().headers instanceof Headers, true);
  });

  it("reads each member of init once", () => {
    const reads: string[] = [];
    const init = new Proxy(
      { status: "201", headers: { a: "1" } },
      {
        get: (target, key) => {
          reads.push(String(key));
          return Reflect.get(target, key);
        },
      },
    );

    assert.equal(new LightResponse("x", init as never).status, 201);
    assert.deepEqual(reads.toSorted(), ["headers", "status", "statusText"]);
  });
});

describe("Response: implicit content-type", () => {
  const form = (): FormData => {
    const data = new FormData();
    data.append("a", "1");
    return data;
  };
  const implicit: readonly (readonly [string, () => unknown, string | null])[] = [
    ["text", () => "a", "text/plain;charset=UTF-8"],
    ["empty text", () => "", "text/plain;charset=UTF-8"],
    ["a number", () => 5, "text/plain;charset=UTF-8"],
    ["an object", () => ({}), "text/plain;charset=UTF-8"],
    ["URLSearchParams", () => new URLSearchParams("a=1"), "application/x-www-form-urlencoded;charset=UTF-8"],
    ["a Blob", () => new Blob(["a"]), null],
    ["a typed Blob", () => new Blob(["a"], { type: "Image/PNG" }), "image/png"],
    ["a Blob with a charset", () => new Blob(["a"], { type: "text/html; charset=x" }), "text/html; charset=x"],
    ["a File", () => new File(["a"], "f", { type: "text/css" }), "text/css"],
    ["bytes", () => bytes("a"), null],
    ["an ArrayBuffer", () => new ArrayBuffer(2), null],
    ["a DataView", () => new DataView(new ArrayBuffer(2)), null],
    ["a stream", () => streamOf(bytes("a")), null],
  ];

  for (const [kind, make, type] of implicit) {
    onBoth(`of ${kind} is ${String(type)}, and an explicit one wins`, (Class) => {
      assert.equal(new Class(make() as never).headers.get("content-type"), type);
      assert.equal(new Class(make() as never, { headers: { a: "1" } }).headers.get("content-type"), type);
      for (const headers of [{ "Content-Type": "x/y" }, new Headers({ "content-type": "x/y" })]) {
        assert.equal(new Class(make() as never, { headers }).headers.get("content-type"), "x/y");
      }
      assert.equal(new Class(make() as never, { headers: { "content-type": "" } }).headers.get("content-type"), "");
    });
  }

  onBoth("of FormData names a boundary", (Class) => {
    assert.match(new Class(form()).headers.get("content-type") ?? "", /^multipart\/form-data; boundary=\S+$/);
    assert.equal(new Class(form(), { headers: { "content-type": "x/y" } }).headers.get("content-type"), "x/y");
  });
});
