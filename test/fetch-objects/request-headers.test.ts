import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";

import fc from "fast-check";

import { createRequest } from "../../src/engine/request.ts";
import { exchangeOf, installWhileRunning, onEachKind } from "./request-pair.ts";

const FIELDS = ["host", "site.example", "x-b", "2", "accept", "text/html", "x-a", "1", "x-b", "3"];

describe("The headers of a Request", () => {
  installWhileRunning();

  onEachKind("H12: lines of one name are joined in order", (make) => {
    const { headers } = make({ fields: ["x-a", "1", "accept", "text/html", "x-a", "2", "accept", "*/*", "x-a", ""] });

    assert.equal(headers.get("x-a"), "1, 2, ");
    assert.equal(headers.get("accept"), "text/html, */*");
  });

  onEachKind("H12: cookie lines are joined with a semicolon", (make) => {
    const { headers } = make({ fields: ["cookie", "a=1", "x-a", "1", "cookie", "b=2; c=3"] });

    assert.equal(headers.get("cookie"), "a=1; b=2; c=3");
    assert.deepEqual(
      [...headers],
      [
        ["cookie", "a=1; b=2; c=3"],
        ["x-a", "1"],
      ],
    );
  });

  onEachKind("are one object per request, and a Headers", (make) => {
    const request = make({ fields: FIELDS });

    assert.equal(request.headers, request.headers);
    assert.ok(request.headers instanceof Headers);
    assert.equal(Object.prototype.toString.call(request.headers), "[object Headers]");
    assert.equal(request.headers.constructor, Headers);
  });

  onEachKind("find a name in any case", (make) => {
    const { headers } = make({ fields: FIELDS });

    assert.equal(headers.get("Accept"), "text/html");
    assert.equal(headers.get("ACCEPT"), "text/html");
    assert.equal(headers.get("X-b"), "2, 3");
    assert.equal(headers.has("X-A"), true);
    assert.equal(headers.has("x-c"), false);
    assert.equal(headers.get("x-c"), null);
    assert.equal(headers.get("x_a"), null);
  });

  onEachKind("refuse a name that is no token, whether or not anything is there", (make) => {
    const { headers } = make({ fields: FIELDS });

    for (const name of ["", "a b", "a:", "é", "Accept ", "\u212Aeep-alive", "a\0"]) {
      assert.throws(() => headers.get(name), TypeError);
      assert.throws(() => headers.has(name), TypeError);
    }
    assert.throws(() => Reflect.apply(headers.get, headers, []), TypeError);
    assert.throws(() => Reflect.apply(headers.has, headers, []), TypeError);
    assert.equal(headers.get("a!#$%&'*+.^`|~"), null);
  });

  onEachKind("take a name that is not a string for the string it converts to", (make) => {
    const { headers } = make({ fields: ["1", "one", "undefined", "u", "null", "n"] });

    assert.equal(headers.get(1 as unknown as string), "one");
    assert.equal(headers.get(undefined as unknown as string), "u");
    assert.equal(headers.has(null as unknown as string), true);
  });

  onEachKind("iterate sorted and combined", (make) => {
    const { headers } = make({ fields: FIELDS });
    const pairs = [
      ["accept", "text/html"],
      ["host", "site.example"],
      ["x-a", "1"],
      ["x-b", "2, 3"],
    ];

    assert.deepEqual([...headers], pairs);
    assert.deepEqual([...headers.entries()], pairs);
    assert.deepEqual(
      [...headers.keys()],
      pairs.map(([name]) => name),
    );
    assert.deepEqual(
      [...headers.values()],
      pairs.map(([, value]) => value),
    );
    assert.deepEqual(Object.fromEntries(headers), Object.fromEntries(pairs));
  });

  onEachKind("call forEach with value, name, the headers and the given this", (make) => {
    const { headers } = make({ fields: FIELDS });
    const seen: unknown[] = [];

    headers.forEach(function (this: unknown, value, name, owner) {
      seen.push([this, value, name, owner === headers]);
    }, 7);

    assert.equal(seen.length, 4);
    assert.deepEqual(seen[3], [7, "2, 3", "x-b", true]);
    assert.throws(() => headers.forEach(undefined as unknown as () => void), TypeError);
  });

  onEachKind("have iterators of the standard shape", (make) => {
    const iterator = make({ fields: FIELDS }).headers.keys();

    assert.equal(Object.prototype.toString.call(iterator), "[object Headers Iterator]");
    assert.equal(iterator[Symbol.iterator](), iterator);
    assert.deepEqual(iterator.next(), { value: "accept", done: false });
    assert.equal([...iterator].length, 3);
    assert.deepEqual(iterator.next(), { value: undefined, done: true });
  });

  onEachKind("keep set-cookie lines apart", (make) => {
    const { headers } = make({ fields: ["set-cookie", "b=1", "a", "1", "set-cookie", "a=2", "z", "2"] });

    assert.deepEqual(headers.getSetCookie(), ["b=1", "a=2"]);
    assert.equal(headers.get("set-cookie"), "b=1, a=2");
    assert.deepEqual(
      [...headers],
      [
        ["a", "1"],
        ["set-cookie", "b=1"],
        ["set-cookie", "a=2"],
        ["z", "2"],
      ],
    );
    assert.deepEqual(make().headers.getSetCookie(), []);
  });

  onEachKind("can be changed, and show the change everywhere", (make) => {
    const { headers } = make({ fields: FIELDS });

    headers.set("X-A", " new ");
    headers.append("x-b", "4");
    headers.delete("Accept");

    assert.equal(headers.get("x-a"), "new");
    assert.equal(headers.has("accept"), false);
    assert.deepEqual(
      [...headers],
      [
        ["host", "site.example"],
        ["x-a", "new"],
        ["x-b", "2, 3, 4"],
      ],
    );
    assert.throws(() => headers.set("x-a", "a\r\nb"), TypeError);
    assert.throws(() => headers.append("a b", "1"), TypeError);
    assert.throws(() => Reflect.apply(headers.set, headers, ["x"]), TypeError);
  });

  onEachKind("let a running iteration see a change", (make) => {
    const { headers } = make({ fields: ["a", "1", "b", "2", "d", "4"] });
    const names: string[] = [];

    for (const [name] of headers) {
      names.push(name);
      if (name === "b") headers.set("c", "3");
    }

    assert.deepEqual(names, ["a", "b", "c", "d"]);
  });

  onEachKind("pass wherever headers are taken", (make) => {
    const { headers } = make({ fields: FIELDS });

    assert.deepEqual([...new Headers(headers)], [...headers]);
    assert.deepEqual([...new Request("http://other.example/", { headers }).headers], [...headers]);
    assert.deepEqual(
      [...new Response("", { headers }).headers].filter(([name]) => name !== "content-type"),
      [...headers],
    );
  });

  onEachKind("are shown like a Headers", (make) => {
    assert.equal(inspect(make({ fields: ["x-a", "1"] }).headers), "Headers { 'x-a': '1' }");
  });

  onEachKind("list the same members in a for-in loop as any Headers", (make) => {
    const names: string[] = [];
    for (const name in make().headers) names.push(name);

    assert.deepEqual(new Set(names), new Set(membersOf(new Headers())));
  });

  it("stay in step with the genuine Request once there is one", () => {
    const request = createRequest(exchangeOf({ fields: FIELDS }));
    const { headers } = request;
    headers.set("x-a", "before");

    const first = request.clone();
    headers.set("x-a", "after");

    assert.equal(first.headers.get("x-a"), "before");
    assert.equal(request.headers, headers);
    assert.equal(request.clone().headers.get("x-a"), "after");
    assert.equal(new Request(request).headers.get("x-a"), "after");
  });

  it("H18: of two requests with the same lines do not share a change", () => {
    const first = createRequest(exchangeOf({ fields: FIELDS }));
    const second = createRequest(exchangeOf({ fields: FIELDS }));

    first.headers.set("x-a", "changed");

    assert.equal(second.headers.get("x-a"), "1");
    assert.equal(FIELDS[7], "1");
  });

  it("H12: equal a genuine Headers for any lines", () => {
    const name = fc.constantFrom("a", "b", "cookie", "set-cookie", "x-long-name", "x_y", "accept", "content-length");
    const value = fc.string({ unit: fc.constantFrom("a", "1", ",", ";", "=", "\u00e9", "\t"), maxLength: 6 });
    const lines = fc.array(
      fc.tuple(
        name,
        value.map((text) => text.trim()),
      ),
      { maxLength: 40 },
    );

    fc.assert(
      fc.property(lines, (pairs) => {
        const genuine = new Headers(pairs);
        const lazy = createRequest(exchangeOf({ fields: pairs.flat() })).headers;

        assert.deepEqual([...lazy], [...genuine]);
        for (const [key] of pairs) assert.equal(lazy.get(key), genuine.get(key));
        assert.deepEqual(lazy.getSetCookie(), genuine.getSetCookie());
        assert.deepEqual([...new Headers(lazy)], [...new Headers(genuine)]);
      }),
    );
  });
});

function membersOf(object: object): string[] {
  const names: string[] = [];
  for (const name in object) names.push(name);
  return names;
}
