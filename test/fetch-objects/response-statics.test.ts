// Do the static methods, and the shape of the class itself, match the platform's?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { GenuineResponse, LightResponse } from "../../src/engine/response.ts";
import { onBoth } from "./response-classes.ts";

describe("Response.error", () => {
  onBoth("gives a network error with immutable headers", (Class) => {
    const response = Class.error();

    assert.deepEqual(
      [response.type, response.status, response.statusText, response.ok, response.url, response.body],
      ["error", 0, "", false, "", null],
    );
    assert.throws(() => response.headers.append("a", "1"), TypeError);
  });
});

describe("Response.json", () => {
  const values: readonly unknown[] = [
    null,
    true,
    1,
    "",
    "text",
    [],
    {},
    { a: [1, { b: "\u00e9" }] },
    "\u2028",
    new Date(0),
  ];
  for (const value of values) {
    onBoth(`serialises ${inspect(value)}`, async (Class) => {
      const response = Class.json(value);

      assert.equal(response.status, 200);
      assert.equal(response.headers.get("content-type"), "application/json");
      assert.equal(await response.text(), JSON.stringify(value));
    });
  }

  onBoth("takes an init, whose content-type wins", async (Class) => {
    const plain = Class.json({ a: 1 }, { status: 418, statusText: "Tea", headers: { a: "1" } });
    const typed = Class.json({ a: 1 }, { headers: { "Content-Type": "foo/bar" } });
    const list = Class.json({ a: 1 }, { headers: new Headers({ b: "2" }) });

    assert.deepEqual([plain.status, plain.statusText, plain.headers.get("a")], [418, "Tea", "1"]);
    assert.equal(plain.headers.get("content-type"), "application/json");
    assert.deepEqual([...typed.headers], [["content-type", "foo/bar"]]);
    assert.deepEqual(
      [...list.headers],
      [
        ["b", "2"],
        ["content-type", "application/json"],
      ],
    );
    assert.deepEqual(await plain.json(), { a: 1 });
  });

  for (const status of [204, 205, 304]) {
    onBoth(`refuses status ${status}, which has no body`, (Class) => {
      assert.throws(() => Class.json("a", { status }), TypeError);
    });
  }

  onBoth("refuses what JSON cannot say", (Class) => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;

    for (const value of [undefined, Symbol("s"), () => 1, cycle, 1n]) assert.throws(() => Class.json(value), TypeError);
    assert.throws(() => (Class as unknown as { json(): void }).json(), TypeError);
    assert.throws(() => Class.json(1, 5 as never), TypeError);
    assert.throws(() => Class.json(1, { status: 600 }), RangeError);
  });

  onBoth("lets an error of toJSON through", (Class) => {
    const value = {
      toJSON() {
        throw new RangeError("mine");
      },
    };

    assert.throws(() => Class.json(value), RangeError);
  });

  onBoth("replaces lone surrogates by JSON escapes", async (Class) => {
    assert.equal(await Class.json("\ud800").text(), '"\\ud800"');
  });
});

describe("Response.redirect", () => {
  for (const status of [301, 302, 303, 307, 308] as const) {
    onBoth(`gives status ${status} and a location`, (Class) => {
      const response = Class.redirect("http://a.example/\u00e9", status);

      assert.deepEqual(
        [response.status, response.type, response.redirected, response.body],
        [status, "default", false, null],
      );
      assert.equal(response.headers.get("location"), "http://a.example/%C3%A9");
      assert.throws(() => response.headers.set("a", "1"), TypeError);
    });
  }

  onBoth("is 302 by default", (Class) => {
    const { redirect } = Class as unknown as { redirect: (this: void, url: URL) => Response };

    assert.equal(redirect(new URL("http://a.example/")).status, 302);
  });

  onBoth("refuses other statuses and what is no URL", (Class) => {
    for (const status of [200, 300, 304, 309, 400]) {
      assert.throws(() => Class.redirect("http://a.example/", status as 302), RangeError);
    }
    // The standard resolves "/path" against the page; Node has no page, so it is refused.
    for (const url of ["http://:This is not a url", "/path"]) assert.throws(() => Class.redirect(url, 302), TypeError);
    assert.throws(() => (Class as unknown as { redirect(): void }).redirect(), TypeError);
  });
});

describe("Response: the class", () => {
  onBoth("has the standard name, length and tag", (Class) => {
    assert.equal(Class.name, "Response");
    assert.equal(Class.length, 0);
    assert.equal(Class.json.length, 1);
    assert.equal(Class.redirect.length, 1);
    assert.equal(Object.prototype.toString.call(new Class()), "[object Response]");
    assert.equal(new Class().constructor, Class);
  });

  it("has every member of the platform's, with the same attributes", () => {
    const shape = (target: object): Record<string, unknown> => {
      const found: Record<string, unknown> = {};
      for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(target))) {
        const { value, writable, enumerable, configurable } = descriptor;
        const kind = "get" in descriptor ? "getter" : typeof value;
        if (key === "prototype" || key === "constructor") continue;
        found[key] = { kind, name: value?.name, length: value?.length, writable, enumerable, configurable };
      }
      return found;
    };

    assert.deepEqual(shape(LightResponse.prototype), shape(GenuineResponse.prototype));
    assert.deepEqual(shape(LightResponse), shape(GenuineResponse));
  });

  it("is an instance of both classes, in both directions", () => {
    const [light, genuine] = [new LightResponse("a"), new GenuineResponse("a")];

    for (const response of [light, genuine]) {
      assert.ok(response instanceof LightResponse);
      assert.ok(response instanceof GenuineResponse);
    }
    for (const other of [{}, null, 1, new Request("http://a.example/"), LightResponse]) {
      assert.equal((other as unknown) instanceof LightResponse, false);
    }
  });

  onBoth("can be extended", async (Class) => {
    class Page extends Class {
      readonly mark = "page";
    }

    const page = new Page("a", { status: 201 });

    assert.ok(page instanceof Page && page instanceof Class);
    assert.equal(new Class() instanceof Page, false);
    assert.deepEqual([page.mark, page.status, await page.text()], ["page", 201, "a"]);
  });

  onBoth("is shown by util.inspect with its members", (Class) => {
    const shown = inspect(new Class("a", { status: 201 }));

    assert.match(shown, /^Response \{/);
    assert.match(shown, /status: 201/);
    assert.match(shown, /bodyUsed: false/);
    assert.doesNotMatch(shown, /#|Symbol/);
  });

  onBoth("has getters and methods that refuse other objects", async (Class) => {
    const getters = Object.getOwnPropertyDescriptors(Class.prototype);

    for (const other of [{}, new Headers(), null, undefined, 1]) {
      for (const key of [
        "status",
        "headers",
        "body",
        "bodyUsed",
        "ok",
        "type",
        "url",
        "redirected",
        "statusText",
      ] as const) {
        assert.throws(() => Reflect.apply(getters[key]?.get as () => unknown, other, []), TypeError);
      }
      assert.throws(() => Class.prototype.clone.call(other as never), TypeError);
      await assert.rejects(Class.prototype.text.call(other as never), TypeError);
    }
    assert.throws(() => Class.prototype.status, TypeError);
  });

  it("has getters and methods that work on a platform Response", async () => {
    const status = Object.getOwnPropertyDescriptor(LightResponse.prototype, "status");

    assert.equal(status?.get?.call(new GenuineResponse("a", { status: 404 })), 404);
    assert.equal(await LightResponse.prototype.text.call(new GenuineResponse("a")), "a");
    assert.equal(await LightResponse.prototype.clone.call(new GenuineResponse("a")).text(), "a");
  });

  it("lends its objects to the platform's own methods where undici keeps state under symbols (Node 20 and 22)", async (t) => {
    if (Object.getOwnPropertySymbols(new GenuineResponse()).length === 0) {
      t.skip("this Node keeps the state in private fields");
      return;
    }
    const light = new LightResponse("a", { status: 404 });
    light.headers.set("a", "1");
    const member = (key: string): unknown =>
      Object.getOwnPropertyDescriptor(GenuineResponse.prototype, key)?.get?.call(light);

    const copy = GenuineResponse.prototype.clone.call(light);

    assert.deepEqual([member("status"), member("bodyUsed")], [404, false]);
    assert.equal(member("headers"), light.headers);
    assert.equal(copy.headers.get("a"), "1");
    assert.equal(await GenuineResponse.prototype.text.call(light), "a");
    assert.equal(light.bodyUsed, true);
  });

  onBoth("is accepted by WebAssembly.compileStreaming", async (Class) => {
    const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    const { WebAssembly: wasm } = globalThis as unknown as {
      WebAssembly: { compileStreaming(source: Response): Promise<object>; Module: new () => object };
    };

    const module = await wasm.compileStreaming(new Class(empty, { headers: { "content-type": "application/wasm" } }));

    assert.ok(module instanceof wasm.Module);
  });
});
