import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";

import { createGenuineRequest, createRequest } from "../../src/engine/request.ts";
import { exchangeOf, installWhileRunning, onEachKind } from "./request-pair.ts";

/** The insides of a Request are symbols that can be forwarded up to Node 22, private fields after it. */
const HAS_PRIVATE_STATE = Number.parseInt(process.versions.node, 10) >= 24;

const POST = { method: "POST", target: "/a?b", fields: ["content-type", "text/x", "x-a", "1"], chunks: ["Hel", "lo"] };

describe("A Request", () => {
  installWhileRunning();

  onEachKind("H15: is a Request to instanceof, its tag and its constructor", (make) => {
    const request = make();

    assert.ok(request instanceof Request);
    assert.equal(Object.prototype.toString.call(request), "[object Request]");
    assert.equal(request.constructor, Request);
    assert.equal(request.constructor.name, "Request");
    assert.deepEqual(Object.keys(request), []);
    assert.deepEqual(Object.getOwnPropertyNames(request), []);
  });

  onEachKind("says what was sent", (make) => {
    const request = make({ method: "QUERY", scheme: "https", authority: "a.example:8443", target: "/x/?y=z" });

    assert.equal(request.method, "QUERY");
    assert.equal(request.url, "https://a.example:8443/x/?y=z");
  });

  onEachKind("has the attributes of a Request made from its URL alone", (make) => {
    const request = make();
    const fresh = new Request("http://site.example/");

    const differing = attributesOf(fresh).filter((name) => {
      const value: unknown = Reflect.get(fresh, name);
      return typeof value !== "object" && Reflect.get(request, name) !== value;
    });

    assert.ok(attributesOf(fresh).length >= 17);
    assert.deepEqual(differing, []);
  });

  onEachKind("has read-only attributes", (make) => {
    const request = make();

    for (const name of attributesOf(request)) {
      assert.throws(() => Object.assign(request, { [name]: "changed" }), TypeError, name);
    }
    assert.equal(request.method, "GET");
  });

  onEachKind("lists the same members in a for-in loop as any Request", (make) => {
    assert.deepEqual(new Set(membersOf(make())), new Set(membersOf(new Request("http://site.example/"))));
  });

  onEachKind("is shown with its method, URL and headers", (make) => {
    const shown = inspect(make({ target: "/shown", fields: ["x-a", "1"] }));

    assert.match(shown, /^Request \{/);
    assert.match(shown, /http:\/\/site\.example\/shown/);
    assert.match(shown, /'x-a': '1'/);
  });
});

describe("A Request made from a Request", () => {
  installWhileRunning();

  onEachKind("H15: takes head and body over", async (make) => {
    const original = make(POST);

    const copy = new Request(original);

    assert.equal(copy.method, "POST");
    assert.equal(copy.url, "http://site.example/a?b");
    assert.deepEqual([...copy.headers], [...original.headers]);
    assert.equal(original.bodyUsed, true);
    assert.equal(await copy.text(), "Hello");
    await assert.rejects(original.text(), TypeError);
    assert.throws(() => new Request(original), TypeError);
  });

  onEachKind("H15: takes what the init says instead", async (make) => {
    const original = make(POST);

    const copy = new Request(original, { method: "PUT", headers: { "x-b": "2" }, body: "new" });

    assert.equal(copy.method, "PUT");
    assert.equal(copy.headers.get("x-a"), null);
    assert.equal(copy.headers.get("x-b"), "2");
    assert.equal(await copy.text(), "new");
    assert.equal(await original.text(), "Hello");
  });

  onEachKind("H15: has headers of its own", (make) => {
    const original = make({ fields: ["x-a", "1"] });

    const copy = new Request(original);
    copy.headers.set("x-a", "2");

    assert.equal(original.headers.get("x-a"), "1");
  });

  onEachKind("H15: can have another URL, with the Request as init", async (make) => {
    const copy = new Request("http://other.example/", make(POST));

    assert.equal(copy.url, "http://other.example/");
    assert.equal(copy.method, "POST");
    assert.equal(copy.headers.get("x-a"), "1");
    assert.equal(await copy.text(), "Hello");
  });

  onEachKind("H15: leaves the original unused when it cannot be made", async (make) => {
    const original = make(POST);

    assert.throws(() => new Request(original, { method: "GET" }), TypeError);

    assert.equal(original.bodyUsed, false);
    assert.equal(await original.text(), "Hello");
  });

  onEachKind("H15: can be made after head and body were looked at", async (make) => {
    const original = make(POST);
    original.headers.set("x-a", "2");
    assert.ok(original.body !== null && !original.signal.aborted);

    const copy = new Request(original);

    assert.equal(copy.headers.get("x-a"), "2");
    assert.equal(await copy.text(), "Hello");
  });

  onEachKind("H15: can be of a subclass", async (make) => {
    class Traced extends Request {
      readonly trace = "on";
    }

    const traced = new Traced(make(POST));

    assert.ok(traced instanceof Traced && traced instanceof Request);
    assert.equal(traced.trace, "on");
    assert.equal(await traced.text(), "Hello");
  });
});

describe("The platform's own members called on a Request", () => {
  installWhileRunning();

  it("H15: answer up to Node 22, and refuse what has no private fields after it", async () => {
    const make = (): Request => createRequest(exchangeOf(POST));
    const calls: (() => unknown)[] = [
      () => Reflect.get(Request.prototype, "url", make()) as unknown,
      () => (Reflect.apply(Request.prototype.clone, make(), []) as Request).url,
    ];

    for (const call of calls) {
      if (HAS_PRIVATE_STATE) assert.throws(call, TypeError);
      else assert.equal(call(), "http://site.example/a?b");
    }
    const text = async (): Promise<string> => Request.prototype.text.call(make());
    if (HAS_PRIVATE_STATE) await assert.rejects(text(), TypeError);
    else assert.equal(await text(), "Hello");
  });

  it("H15: iterate its headers up to Node 22, and otherwise refuse with a TypeError", () => {
    const make = (): Headers => createRequest(exchangeOf(POST)).headers;
    const iterate = (): unknown => [...Headers.prototype.keys.call(make())];

    if (HAS_PRIVATE_STATE) assert.throws(iterate, TypeError);
    else assert.deepEqual(iterate(), ["content-type", "x-a"]);
    assert.throws(() => Headers.prototype.get.call(make(), "x-a"), TypeError);
  });

  it("H15: answer for a genuine one everywhere", () => {
    const request = createGenuineRequest(exchangeOf(POST));

    assert.equal(Request.prototype.clone.call(request).url, "http://site.example/a?b");
    assert.equal(Headers.prototype.get.call(request.headers, "x-a"), "1");
  });
});

describe("Two Requests of one connection", () => {
  installWhileRunning();

  it("H18: share nothing", async () => {
    const first = createRequest(exchangeOf({ ...POST, authority: "one.example" }));
    const second = createRequest(exchangeOf({ ...POST, authority: "two.example" }));

    first.headers.set("x-a", "changed");
    await first.text();

    assert.equal(second.url, "http://two.example/a?b");
    assert.equal(second.headers.get("x-a"), "1");
    assert.notEqual(first.signal, second.signal);
    assert.equal(second.bodyUsed, false);
    assert.equal(await second.text(), "Hello");
  });
});

function attributesOf(request: Request): string[] {
  const members = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(new Request(request.url)) as object);
  return Object.entries(members)
    .filter(([, member]) => "get" in member)
    .map(([name]) => name);
}

function membersOf(object: object): string[] {
  const names: string[] = [];
  for (const name in object) names.push(name);
  return names;
}
