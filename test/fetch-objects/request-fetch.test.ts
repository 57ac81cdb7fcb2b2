import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";

import { abortRequest, createGenuineRequest, createRequest } from "../../src/engine/request.ts";
import { exchangeOf, installWhileRunning, type RequestSpec } from "./request-pair.ts";

interface Echo {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describe("Forwarding a Request with fetch", () => {
  installWhileRunning();
  let authority = "";

  const upstream = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      if (incoming.url === "/silent") return;
      const { method, url, headers } = incoming;
      outgoing.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }));
    });
  });

  before(async () => {
    upstream.listen(0, "127.0.0.1");
    await once(upstream, "listening");
    authority = `127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  });
  after(() => {
    upstream.close();
    upstream.closeAllConnections();
  });

  const makeAll = (spec: RequestSpec): Request[] => {
    return [
      createRequest(exchangeOf({ ...spec, authority })),
      createGenuineRequest(exchangeOf({ ...spec, authority })),
    ];
  };

  it("H13, H15: fetch(request) sends head and body of a chunked POST whose fields fetch would refuse", async () => {
    for (const request of makeAll(HOSTILE_POST)) {
      const echo = (await (await fetch(request)).json()) as Echo;

      assert.equal(echo.method, "POST");
      assert.equal(echo.url, "/echo?a=b");
      assert.equal(echo.body, "Hello");
      assert.equal(echo.headers["x-a"], "1");
      assert.equal(echo.headers["x-hop"], undefined);
      assert.equal(echo.headers.expect, undefined);
      assert.equal(echo.headers.upgrade, undefined);
      assert.equal(request.bodyUsed, true);
    }
  });

  it("H13, H15: fetch(new Request(upstream, request)) does, too", async () => {
    for (const request of makeAll({ ...HOSTILE_POST, target: "/elsewhere" })) {
      const echo = (await (await fetch(new Request(`http://${authority}/up`, request))).json()) as Echo;

      assert.equal(echo.method, "POST");
      assert.equal(echo.url, "/up");
      assert.equal(echo.body, "Hello");
      assert.equal(echo.headers["x-a"], "1");
      assert.equal(echo.headers["x-hop"], undefined);
    }
  });

  it("H15: a body of known length keeps its length", async () => {
    const fields = ["content-type", "text/plain", "content-length", "5"];
    for (const request of makeAll({ method: "PUT", fields, chunks: ["Hel", "lo"], target: "/put" })) {
      const echo = (await (await fetch(request)).json()) as Echo;

      assert.equal(echo.body, "Hello");
      assert.equal(echo.headers["content-length"], "5");
      assert.equal(echo.headers["content-type"], "text/plain");
    }
  });

  it("H15: works after headers, signal and body were looked at and changed", async () => {
    for (const request of makeAll({ ...HOSTILE_POST })) {
      request.headers.set("x-a", "2");
      assert.ok(request.body !== null && !request.signal.aborted);

      const echo = (await (await fetch(request, { headers: request.headers })).json()) as Echo;

      assert.equal(echo.headers["x-a"], "2");
      assert.equal(echo.body, "Hello");
    }
  });

  it("H15: a GET is forwarded without a body, and as often as one likes", async () => {
    for (const request of makeAll({ method: "GET", target: "/get", fields: ["cookie", "a=1", "cookie", "b=2"] })) {
      await (await fetch(request)).json();
      const echo = (await (await fetch(request)).json()) as Echo;

      assert.equal(echo.method, "GET");
      assert.equal(echo.headers.cookie, "a=1; b=2");
      assert.equal(echo.body, "");
    }
  });

  it("H15: a used request cannot be forwarded", async () => {
    for (const request of makeAll({ ...HOSTILE_POST })) {
      await request.text();

      await assert.rejects(fetch(request), TypeError);
    }
  });

  it("H25: an abort of the request aborts the fetch it was handed to", async () => {
    const gone = new DOMException("The client left.", "AbortError");
    for (const request of makeAll({ method: "POST", chunks: ["a"], target: "/silent" })) {
      const arrived = once(upstream, "request");
      const response = fetch(request);
      await arrived;

      abortRequest(request, gone, (error) => assert.fail(String(error)));

      await assert.rejects(response, (error) => error === gone);
    }
  });
});

/** Everything in it is legal from a client, and nothing of the connection may be sent on. */
const HOSTILE_POST: RequestSpec = {
  method: "POST",
  target: "/echo?a=b",
  fields: [
    "host",
    "site.example",
    "connection",
    "Upgrade, keep-alive, X-Hop",
    "upgrade",
    "h2c",
    "keep-alive",
    "timeout=5",
    "proxy-connection",
    "keep-alive",
    "transfer-encoding",
    "chunked",
    "te",
    "gzip",
    "expect",
    "100-continue",
    "x-hop",
    "secret",
    "x-a",
    "1",
  ],
  chunks: ["Hel", "lo"],
};
