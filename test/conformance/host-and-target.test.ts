// H3, H5 to H10, H18: which authority and which path does a handler see, and for what is there none?

import assert from "node:assert/strict";
import { describe } from "node:test";
import { clause } from "../support/clause.ts";
import { type EngineName, start } from "../support/engines.ts";
import { get } from "../support/octets.ts";

const BAD_HOSTS = [
  "",
  " ",
  "u@b",
  "u:p@b",
  "a, b",
  "a b",
  "a/b",
  "x/../y",
  "a?b",
  "a#b",
  "a\\b",
  "%41",
  "a%00",
  "a:99999",
  "a:65536",
  "a:-1",
  "a:b",
  "a:80:80",
  ":80",
  ":99999",
  "[::",
  "[::1",
  "[::1]x",
  "[::1]:99999",
  "[1:2:3:4:5:6:7:8:9]",
  "[g::1]",
  "::1",
  "256.1.1.1",
  "1.2.3",
  "a.1",
  "0x7f.1",
  "xn--a",
  "a\xe9.example",
  "..",
];

const GOOD_HOSTS = [
  "a.example",
  "A.example:8080",
  "localhost",
  "127.0.0.1:1",
  "[::1]",
  "[::1]:65535",
  "a_b-c",
  "a.example.",
];

async function statusesOf(engine: EngineName, requests: readonly string[]): Promise<[string, number | null][]> {
  await using server = await start(engine, () => new Response("reached"));
  const statuses: [string, number | null][] = [];
  for (const request of requests) {
    const before = server.targets.length;
    await using client = await server.connect();
    await client.send(request);
    const response = await client.responseOrClose();
    const wasCalled = server.targets.length > before;
    if (wasCalled || response === null || response.status !== 400) {
      statuses.push([JSON.stringify(request.slice(0, 60)), wasCalled ? 0 : (response?.status ?? null)]);
    }
  }
  return statuses;
}

describe("the Host field", () => {
  clause("H3/malformed", "a malformed Host is answered 400 and reaches no handler", async (engine) => {
    const others = await statusesOf(
      engine,
      BAD_HOSTS.map((host) => `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
    );

    assert.deepEqual(others, []);
  });

  clause(
    "H3/first-octet",
    "a Host that begins with an octet beyond ASCII is not shortened to a good one",
    async (engine) => {
      const others = await statusesOf(engine, ["GET / HTTP/1.1\r\nHost: \xe9a.example\r\n\r\n"]);

      assert.deepEqual(others, []);
    },
  );

  clause("H3/count", "no Host, and more than one, are answered 400", async (engine) => {
    const others = await statusesOf(engine, [
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nX: y\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost:\r\nHost: b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nhost:\r\n\r\n",
    ]);

    assert.deepEqual(others, []);
  });

  clause("H3/good", "names, addresses and ports are accepted as they are", async (engine) => {
    await using server = await start(
      engine,
      (request) => new Response(`${request.headers.get("host")} ${request.url}`),
    );

    for (const host of GOOD_HOSTS) {
      const response = await server.ask(`GET /p HTTP/1.1\r\nHost: ${host}\r\n\r\n`);

      assert.equal(response.text, `${host} ${new URL(`http://${host}/p`).href}`);
    }
  });

  clause("H18/hosts", "each request is seen with its own Host, on one connection and on several", async (engine) => {
    await using server = await start(engine, async (request) => {
      await Promise.resolve();
      return new Response(new URL(request.url).host);
    });
    await using one = await server.connect();
    await using other = await server.connect();

    for (const host of ["first.example", "second.example", "first.example"]) {
      await one.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      await other.send(`GET / HTTP/1.1\r\nHost: not-${host}\r\n\r\n`);

      assert.equal((await one.response()).text, host);
      assert.equal((await other.response()).text, `not-${host}`);
    }
  });
});

describe("the request target", () => {
  clause("H5", "octets that change their meaning in a URL are answered 400", async (engine) => {
    const targets = ["/a#b", "/#", "/a\\b", "/a\x7fb", "/\xe9", "/a?\xc3\xa9", "/a?b#c", "/a?b\\c"];
    const others = await statusesOf(
      engine,
      targets.map((target) => get(target)),
    );

    assert.deepEqual(others, []);
  });

  clause("H5/controls", "control octets in a target are answered 400", async (engine) => {
    const others = await statusesOf(
      engine,
      ["/\x00", "/\x01", "/a\x1fb", "/a\tb"].map((target) => get(target)),
    );

    assert.deepEqual(others, []);
  });

  clause("H5/form", "a target that is no path is refused", async (engine) => {
    await using server = await start(engine, () => new Response("reached"));

    for (const target of ["a", "a/b", "?a", "*", "\\a", "ftp://a.example/", "mailto:x", "http:/a", "://a"]) {
      await using client = await server.connect();
      await client.send(get(target));
      const response = await client.responseOrClose();

      assert.ok(response === null || [400, 505].includes(response.status), `${target} answered ${response?.status}`);
      await client.closed();
    }

    assert.deepEqual(server.targets, []);
  });

  clause("H6/accepted", "absolute-form takes its authority from the target and ignores Host", async (engine) => {
    await using server = await start(
      engine,
      (request) => new Response(`${request.url} ${request.headers.get("host")}`),
    );

    const other = await server.ask("GET http://b.example:81/p?q HTTP/1.1\r\nHost: a.example\r\n\r\n");
    const rootOnly = await server.ask("GET HTTP://b.example?q HTTP/1.1\r\nHost: a.example\r\n\r\n");

    assert.equal(other.text, "http://b.example:81/p?q b.example:81");
    assert.equal(rootOnly.text, "http://b.example/?q b.example");
  });

  clause("H6/contradicting", "userinfo in absolute-form is answered 400 and another scheme 421", async (engine) => {
    await using server = await start(engine, () => new Response("reached"));

    const userinfo = await server.ask("GET http://u@a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n");
    const scheme = await server.ask("GET https://a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n");

    assert.deepEqual([userinfo.status, scheme.status], [400, 421]);
    assert.deepEqual(server.targets, []);
  });

  clause("H6/refused", "absolute-form that is not accepted is answered 4xx or 505, and closed", async (engine) => {
    await using server = await start(engine, () => new Response("reached"));
    await using client = await server.connect();

    await client.send("GET http://u@a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n");
    const response = await client.responseOrClose();
    await client.closed();

    assert.ok(response === null || response.status === 505 || Math.floor(response.status / 100) === 4);
    assert.deepEqual(server.targets, []);
  });

  clause("H7", "OPTIONS * is answered by the server and never becomes a path", async (engine) => {
    await using server = await start(engine, () => new Response("reached"));
    await using client = await server.connect();

    await client.send("OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n");
    const response = await client.responseOrClose();

    assert.ok(response === null || response.status === 204 || response.status >= 400, `answered ${response?.status}`);
    assert.deepEqual(server.targets, []);
  });

  clause("H8", "the URL is our authority and the target as it was sent, parsed once", async (engine) => {
    await using server = await start(engine, (request) => new Response(request.url));
    const targets = [
      "//evil/x",
      "///",
      "/a/../b",
      "/%2e%2e/",
      "/?",
      "/a?b=/../c",
      "/%zz",
      "/a%2Fb",
      "/http://b.example/",
    ];

    for (const target of targets) {
      const response = await server.ask(get(target));

      assert.equal(response.text, new URL(`http://a.example${target}`).href);
      assert.equal(new URL(response.text).host, "a.example");
    }
  });

  clause("H9", "forwarding fields from a stranger change neither URL nor addresses", async (engine) => {
    await using server = await start(engine, (request, context) =>
      Response.json([request.url, context.remote?.address, context.peer?.address, context.tls]),
    );

    const response = await server.ask(
      get("/", [
        "X-Forwarded-For: 1.2.3.4",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Host: b",
        "Forwarded: for=1.2.3.4;proto=https",
      ]),
    );

    assert.deepEqual(JSON.parse(response.text), ["http://a.example/", "127.0.0.1", "127.0.0.1", null]);
  });

  clause("H10", "the context has the target undecoded and unnormalised", async (engine) => {
    await using server = await start(engine, (_request, context) => new Response(context.target));

    for (const target of ["/a/%2e%2e/b?x=%20", "/a/../b", "/?", "/%zz?a?b"]) {
      assert.equal((await server.ask(get(target))).text, target);
    }
  });
});
