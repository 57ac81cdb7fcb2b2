// Is a clone a second, independent Response, on both classes?

import assert from "node:assert/strict";
import { describe } from "node:test";
import { bytes, onBoth, streamOf } from "./response-classes.ts";

const BODIES: readonly (readonly [string, () => unknown])[] = [
  ["text", () => "ab"],
  ["bytes", () => bytes("ab")],
  ["a Blob", () => new Blob(["ab"])],
  ["a stream", () => streamOf(bytes("a"), bytes("b"))],
];

describe("Response.clone", () => {
  onBoth("copies status line and headers, which then are independent", (Class) => {
    const response = new Class(null, { status: 404, statusText: "No", headers: { a: "1" } });

    const copy = response.clone();
    copy.headers.set("a", "2");
    response.headers.set("b", "3");

    assert.deepEqual(
      [copy.status, copy.statusText, copy.ok, copy.type, copy.body],
      [404, "No", false, "default", null],
    );
    assert.deepEqual([...copy.headers], [["a", "2"]]);
    assert.deepEqual(
      [...response.headers],
      [
        ["a", "1"],
        ["b", "3"],
      ],
    );
    assert.ok(copy instanceof Response);
  });

  onBoth("copies headers that were changed before", (Class) => {
    const response = new Class("x");
    response.headers.set("content-type", "a/b");
    response.headers.append("set-cookie", "a=1");
    response.headers.append("set-cookie", "b=2");

    const copy = response.clone();

    assert.equal(copy.headers.get("content-type"), "a/b");
    assert.deepEqual(copy.headers.getSetCookie(), ["a=1", "b=2"]);
  });

  for (const [kind, make] of BODIES) {
    onBoth(`lets both bodies of ${kind} be read, in either order`, async (Class) => {
      for (const touch of [false, true]) {
        const response = new Class(make() as never);
        if (touch) assert.notEqual(response.body, null);

        const first = response.clone();
        const second = first.clone();

        assert.equal(await first.text(), "ab");
        assert.equal(first.bodyUsed, true);
        assert.equal(response.bodyUsed, false);
        assert.equal(await response.text(), "ab");
        assert.equal(await second.text(), "ab");
      }
    });

    onBoth(`refuses when the body of ${kind} was used`, async (Class) => {
      const response = new Class(make() as never);
      await response.text();

      assert.throws(() => response.clone(), TypeError);
    });
  }

  onBoth("has two different streams", (Class) => {
    const response = new Class("ab");
    const copy = response.clone();

    assert.notEqual(copy.body, response.body);
    assert.equal(copy.body?.locked, false);
    assert.equal(response.body?.locked, false);
  });

  onBoth("keeps the headers of error() and redirect() immutable", (Class) => {
    assert.equal(Class.error().clone().type, "error");
    assert.throws(() => Class.error().clone().headers.set("a", "1"), TypeError);
    assert.throws(() => Class.redirect("http://a.example/", 302).clone().headers.set("a", "1"), TypeError);
  });
});
