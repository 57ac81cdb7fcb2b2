// What does a server with certificate files do, seen from outside: both ports, the redirect and HTTP/2?

import assert from "node:assert/strict";
import { connect as connectHttp2, type ClientHttp2Session, type IncomingHttpHeaders } from "node:http2";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { type App, type Handler, serve, type Server, type ServeOptions } from "../../src/index.ts";
import { makePair, type MadePair, withoutOpenssl } from "../support/certificates.ts";
import { ENGINES, type EngineName } from "../support/engines.ts";
import { RawClient } from "../support/raw-client.ts";
import { TlsClient } from "../support/tls-server.ts";
import { until, within } from "../support/waiting.ts";

type Served = Server & { readonly plainPort: number; readonly lines: readonly (readonly [string, unknown])[] };

async function start(
  engine: EngineName,
  pair: MadePair,
  app: Handler | App,
  options: ServeOptions = {},
): Promise<Served> {
  const lines: (readonly [string, unknown])[] = [];
  const log = (facts: object | string, message?: string): void => void lines.push([message ?? "", facts]);
  const logger: NonNullable<ServeOptions["logger"]> = { info: log, warn: log, error: log, child: () => logger };
  const files = { cert: pair.certFile, key: pair.keyFile };
  const ports = { host: "127.0.0.1", httpPort: 0, httpsPort: 0 };
  const server = await serve(app, { engine, ...files, ...ports, log: "off", handleSignals: false, logger, ...options });
  const plain = server.urls[1];
  return Object.assign(server, { plainPort: plain === undefined ? 0 : Number(new URL(plain).port), lines });
}

async function plainly(
  server: Served,
  head: string,
): Promise<{ status: number; location: string | null; text: string }> {
  await using client = await RawClient.connect(server.plainPort);
  await client.send(`${head}\r\n\r\n`);
  const response = await client.finalResponse({ isHead: head.startsWith("HEAD ") });
  return { status: response.status, text: response.text, location: response.field("location") };
}

describe("a server with certificate files", { skip: withoutOpenssl }, () => {
  const pair = makePair(["a.test", "*.w.test", "127.0.0.1"]);

  for (const engine of ENGINES) {
    it(`H9, H50: tells the handler of https, and the world of both ports [${engine}]`, async () => {
      await using server = await start(engine, pair, (request, context) =>
        Response.json({ url: request.url, serverName: context.tls === null ? "none" : context.tls.serverName }),
      );
      await using client = await TlsClient.connect(server.port, { servername: "a.test" });
      const { status, text } = await client.ask(`a.test:${server.port}`, "/x?y=1");

      assert.equal(status, 200);
      assert.equal(JSON.parse(text).url, `https://a.test:${server.port}/x?y=1`);
      assert.deepEqual(server.urls, [`https://a.test:${server.port}`, `http://a.test:${server.plainPort}`]);
      assert.equal(server.url, server.urls[0]);
    });

    it(`B52: sends plain requests for its own names to HTTPS, and no others [${engine}]`, async () => {
      await using server = await start(engine, pair, () => new Response("app"));
      const to = `https://a.test:${server.port}`;

      for (const [head, status, location] of [
        ["GET /p/a?q=1&r=%20 HTTP/1.1\r\nHost: a.test", 308, `${to}/p/a?q=1&r=%20`],
        ["GET / HTTP/1.1\r\nHost: A.Test:80", 308, `${to}/`],
        ["GET //evil.test/x HTTP/1.1\r\nHost: a.test", 308, `${to}//evil.test/x`],
        ["POST /form HTTP/1.1\r\nHost: x.w.test\r\nContent-Length: 0", 308, `https://x.w.test:${server.port}/form`],
        ["HEAD / HTTP/1.1\r\nHost: 127.0.0.1:8080", 308, `https://127.0.0.1:${server.port}/`],
        ["GET / HTTP/1.1\r\nHost: evil.test", 421, null],
        ["GET / HTTP/1.1\r\nHost: a.test.evil.test", 421, null],
        ["GET /.well-known/acme-challenge/abc HTTP/1.1\r\nHost: a.test", 308, `${to}/.well-known/acme-challenge/abc`],
      ] as const) {
        const answer = await plainly(server, head);
        assert.deepEqual([answer.status, answer.location], [status, location], head);
      }
    });

    it(`B53: says nothing of HSTS unless asked, and then everywhere but on the plain port [${engine}]`, async () => {
      const app = (request: Request): Response =>
        new URL(request.url).pathname === "/own"
          ? new Response("own", { headers: { "strict-transport-security": "max-age=1" } })
          : new Response("app");
      for (const [hsts, expected] of [
        [null, null],
        ["2d", "max-age=172800"],
      ] as const) {
        await using server = await start(engine, pair, app, { hsts });
        await using client = await TlsClient.connect(server.port, { servername: "a.test" });
        assert.equal((await client.ask("a.test")).field("strict-transport-security"), expected);
        assert.equal((await client.ask("a.test", "/own")).field("strict-transport-security"), "max-age=1");
        await using raw = await RawClient.connect(server.plainPort);
        await raw.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n");
        assert.equal((await raw.finalResponse()).field("strict-transport-security"), null);
      }
    });

    it(`ends a plain connection that speaks TLS, and serves the next one [${engine}]`, async () => {
      await using server = await start(engine, pair, () => new Response("ok"));
      const socket = connect(server.plainPort, "127.0.0.1");
      socket.on("error", () => {});
      const closed = new Promise((resolve) => {
        socket.on("close", resolve);
      });
      socket.resume().write(Buffer.from("16030100f4010000f003", "hex"));
      socket.write(Buffer.alloc(300, 1));
      await within(20_000, "the end of the connection", closed);
      assert.equal((await plainly(server, "GET / HTTP/1.1\r\nHost: a.test")).status, 308);
    });

    it(`sends and takes large bodies, as fast as the other side takes them [${engine}]`, async () => {
      const bytes = 3 * 1024 * 1024;
      await using server = await start(engine, pair, async (request) =>
        request.method === "POST"
          ? new Response(String((await request.arrayBuffer()).byteLength))
          : new Response(new Uint8Array(bytes).fill(97)),
      );
      await using client = await TlsClient.connect(server.port, { servername: "a.test" });
      assert.equal((await client.ask("a.test")).body.length, bytes);
      assert.equal((await client.post("/", Buffer.alloc(bytes))).text, String(bytes));
      assert.equal((await client.ask("a.test")).body.length, bytes);
    });

    it(`opens no plain port when that is off [${engine}]`, async () => {
      await using server = await start(engine, pair, () => new Response("ok"), { httpPort: "off" });
      assert.deepEqual(server.urls, [`https://a.test:${server.port}`]);
    });
  }
});

describe("HTTP/2 on the node engine", { skip: withoutOpenssl }, () => {
  const pair = makePair(["a.test", "b.test"]);

  interface Answer {
    readonly headers: IncomingHttpHeaders;
    readonly text: string;
  }

  function ask(session: ClientHttp2Session, headers: Record<string, string>, body?: string | Buffer): Promise<Answer> {
    const stream = session.request(headers, { endStream: body === undefined });
    let answered: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    stream.on("response", (received) => {
      answered = received;
    });
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    if (body !== undefined) stream.end(body);
    const ended = new Promise<Answer>((resolve, reject) => {
      stream.on("end", () => resolve({ headers: answered, text: Buffer.concat(chunks).toString() }));
      stream.on("error", reject);
    });
    return within(20_000, "an answer", ended);
  }

  async function session(server: Server): Promise<ClientHttp2Session> {
    const opened = connectHttp2(`https://127.0.0.1:${server.port}`, {
      rejectUnauthorized: false,
      servername: "a.test",
    });
    await within(20_000, "a session", new Promise((resolve) => opened.once("connect", resolve)));
    return opened;
  }

  it("serves what the same app serves over HTTP/1.1, chosen by ALPN", async () => {
    await using server = await start("node", pair, async (request, { httpVersion, tls }) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/cookies")
        return new Response(null, {
          status: 204,
          headers: [
            ["set-cookie", "a=1"],
            ["set-cookie", "b=2"],
          ],
        });
      if (pathname === "/fields") return Response.json([...request.headers]);
      if (pathname === "/fail") throw new Error("no");
      return Response.json({ url: request.url, httpVersion, alpn: tls?.alpn, body: await request.text() });
    });
    const client = await session(server);
    const base = { ":authority": "a.test", ":scheme": "https" };

    const posted = await ask(client, { ...base, ":method": "POST", ":path": "/x?y" }, "hello");
    assert.deepEqual(JSON.parse(posted.text), {
      url: "https://a.test/x?y",
      httpVersion: "2",
      alpn: "h2",
      body: "hello",
    });
    const cookies = await ask(client, { ...base, ":path": "/cookies" });
    assert.deepEqual(
      [cookies.headers[":status"], cookies.headers["set-cookie"], cookies.text],
      [204, ["a=1", "b=2"], ""],
    );
    const fields = await ask(client, { ...base, ":path": "/fields", cookie: "a=1; b=2", "x-a": "1" });
    assert.deepEqual(JSON.parse(fields.text), [
      ["cookie", "a=1; b=2"],
      ["host", "a.test"],
      ["x-a", "1"],
    ]);
    assert.equal((await ask(client, { ...base, ":path": "/fail" })).headers[":status"], 500);
    const head = await ask(client, { ...base, ":method": "HEAD", ":path": "/" });
    assert.deepEqual([head.headers[":status"], head.text], [200, ""]);
    assert.ok(Number(head.headers["content-length"]) > 0);
    assert.equal((await ask(client, { ...base, ":authority": "c.test", ":path": "/" })).headers[":status"], 421);
    assert.equal((await ask(client, { ...base, ":scheme": "http", ":path": "/" })).headers[":status"], 421);
    assert.equal((await ask(client, { ...base, ":path": "/a".repeat(9000) })).headers[":status"], 414);
    client.close();

    await using old = await TlsClient.connect(server.port, { servername: "a.test", ALPNProtocols: ["http/1.1"] });
    assert.equal(JSON.parse((await old.ask("a.test")).text).httpVersion, "1.1");
  });

  it("streams both ways, many at a time, and takes no more than the limit", async () => {
    await using server = await start(
      "node",
      pair,
      (request) => (request.method === "POST" ? new Response(request.body) : new Response(new Uint8Array(500_000))),
      { maxBodyBytes: 400_000 },
    );
    const client = await session(server);
    const base = { ":authority": "a.test" };

    const echo = await ask(client, { ...base, ":method": "POST", ":path": "/" }, Buffer.alloc(300_000, 98));
    assert.equal(echo.text.length, 300_000);
    const many = await Promise.all(Array.from({ length: 30 }, () => ask(client, { ...base, ":path": "/" })));
    assert.deepEqual(new Set(many.map(({ text }) => text.length)), new Set([500_000]));
    const tooLarge = { ...base, ":method": "POST", ":path": "/", "content-length": "500000" };
    assert.equal(
      (await ask(client, tooLarge, Buffer.alloc(500_000)).catch(() => null))?.headers[":status"] ?? 413,
      413,
    );
    assert.equal((await ask(client, { ...base, ":path": "/" })).text.length, 500_000);
    client.close();
  });

  it("H25: tells the handler that a client has reset its stream, and goes on with the others", async () => {
    const aborted: unknown[] = [];
    await using server = await start("node", pair, (request) => {
      if (!request.url.endsWith("/wait")) return new Response("ok");
      return new Promise((resolve) => {
        request.signal.addEventListener("abort", () => {
          aborted.push(request.signal.reason);
          resolve(new Response("late"));
        });
      });
    });
    const client = await session(server);
    const stream = client.request({ ":authority": "a.test", ":path": "/wait" });
    stream.on("error", () => {});
    await ask(client, { ":authority": "a.test", ":path": "/" });
    stream.close(8);
    await until(10_000, "the abort", () => aborted.length === 1);
    assert.equal((await ask(client, { ":authority": "a.test", ":path": "/" })).text, "ok");
    client.close();
  });

  it("stops gracefully: what is under way ends, and the session with it", async () => {
    let answer: (response: Response) => void = () => {};
    let isAsked = false;
    const server = await start("node", pair, () => {
      isAsked = true;
      return new Promise<Response>((resolve) => {
        answer = resolve;
      });
    });
    const client = await session(server);
    const closed = new Promise((resolve) => client.once("close", resolve));
    const pending = ask(client, { ":authority": "a.test", ":path": "/" });
    await until(10_000, "the request", () => isAsked);
    const stopped = server.close({ deadlineMs: 10_000 });
    answer(new Response("done"));

    assert.equal((await pending).text, "done");
    await within(10_000, "the end of the session", closed);
    await within(10_000, "the end of the server", stopped);
  });
});
