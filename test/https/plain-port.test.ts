// What does the plain port of a server that looks after its certificates answer: challenges, first contacts, redirects?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { serve, type Server } from "../../src/index.ts";
import { ENGINES, type EngineName } from "../support/engines.ts";
import { Pebble, withoutPebble } from "../support/pebble.ts";
import { RawClient } from "../support/raw-client.ts";
import type { RawResponse } from "../support/raw-response.ts";
import { TlsClient } from "../support/tls-server.ts";
import { createFileStore } from "../../src/tls/store-file.ts";
import { createTokens } from "../../src/tls/tokens.ts";
import type { ServeOptions } from "../../src/index.ts";
import { newFolder } from "../support/folders.ts";

const silent: NonNullable<ServeOptions["logger"]> = { info() {}, warn() {}, error() {}, child: () => silent };

function start(engine: EngineName, pebble: Pebble, options: ServeOptions): Promise<Server> {
  const place = { store: newFolder(), acmeDirectory: pebble.directoryUrl, acmeRoot: pebble.rootFile };
  const ports = { host: "127.0.0.1", httpPort: pebble.httpPort, httpsPort: 0 };
  const quiet = { log: "off", logger: silent, handleSignals: false } as const;
  return serve(() => new Response("app"), { engine, ...place, ...ports, ...quiet, ...options });
}

async function plainly(port: number, head: string): Promise<RawResponse> {
  await using client = await RawClient.connect(port);
  await client.send(`${head}\r\n\r\n`);
  return await client.finalResponse({ isHead: head.startsWith("HEAD ") });
}

describe("the plain port", { skip: withoutPebble() }, () => {
  for (const engine of ENGINES) {
    it(`B12: answers challenges before it redirects, and unknown tokens with 404 [${engine}]`, async () => {
      await using pebble = await Pebble.start();
      const store = newFolder();
      let isObtained: () => void = () => {};
      const obtained = new Promise<void>((resolve) => (isObtained = resolve));
      await using server = await start(engine, pebble, {
        domains: ["b12.example"],
        store,
        onCertificate: ({ type }) => type === "cert_obtained" && isObtained(),
      });
      await obtained;
      // Of another machine that shares the store.
      await createTokens(createFileStore(store)).add("Token_of-another", "Token_of-another.thumbprint");
      const at = "/.well-known/acme-challenge";
      const host = "Host: b12.example";

      const answer = await plainly(pebble.httpPort, `GET ${at}/Token_of-another HTTP/1.1\r\n${host}`);
      assert.deepEqual([answer.status, answer.text], [200, "Token_of-another.thumbprint"]);
      assert.equal(answer.field("content-type"), "text/plain");
      assert.equal(answer.field("cache-control"), "no-store");
      for (const [head, status] of [
        [`HEAD ${at}/Token_of-another HTTP/1.1\r\n${host}`, 200],
        [`GET ${at}/Token_of-another HTTP/1.1\r\nHost: stranger.example`, 200],
        [`GET ${at}/unknown HTTP/1.1\r\n${host}`, 404],
        [`GET ${at}/..%2f..%2facme HTTP/1.1\r\n${host}`, 404],
        [`GET ${at}/ HTTP/1.1\r\n${host}`, 404],
        [`POST ${at}/Token_of-another HTTP/1.1\r\n${host}\r\nContent-Length: 0`, 404],
        [`GET /.well-known/other HTTP/1.1\r\n${host}`, 308],
        [`GET / HTTP/1.1\r\n${host}`, 308],
        ["GET / HTTP/1.1\r\nHost: stranger.example", 421],
      ] as const) {
        assert.equal((await plainly(pebble.httpPort, head)).status, status, head);
      }
      assert.equal(server.urls[1], `http://b12.example:${pebble.httpPort}`);
    });

    it(`B51: holds a first contact until its certificate is there, and turns strangers away [${engine}]`, async () => {
      await using pebble = await Pebble.start();
      const asked: string[] = [];
      const orders: string[] = [];
      await using server = await start(engine, pebble, {
        ask: (name) => {
          asked.push(name);
          return name.endsWith(".wanted.example");
        },
        onCertificate: ({ type, names }) => type === "cert_obtaining" && orders.push(...names),
      });
      const get = (host: string): Promise<RawResponse> =>
        plainly(pebble.httpPort, `GET /first?a=b HTTP/1.1\r\nHost: ${host}`);

      const [one, two, stranger] = await Promise.all([
        get("shop.wanted.example"),
        get("SHOP.wanted.example:80"),
        get("stranger.example"),
      ]);
      assert.deepEqual([one.status, two.status, stranger.status], [308, 308, 421]);
      assert.equal(one.field("location"), `https://shop.wanted.example:${server.port}/first?a=b`);
      assert.deepEqual(
        [orders, asked.toSorted()],
        [["shop.wanted.example"], ["shop.wanted.example", "stranger.example"]],
      );

      const ca = await pebble.issuingRoot();
      const options = { servername: "shop.wanted.example", ca, rejectUnauthorized: true };
      await using client = await TlsClient.connect(server.port, options);
      assert.equal((await client.ask("shop.wanted.example")).text, "app");
      await using other = await TlsClient.connect(server.port, { servername: "stranger.example" });
      assert.equal((await other.ask("stranger.example")).status, 421, "B51: over HTTPS nothing is ordered");
      assert.equal(orders.length, 1);
    });
  }
});
