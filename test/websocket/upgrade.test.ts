// H57 to H59: what a handler gets for an upgrade, and when the connection switches.

import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";

import { ACCEPT, clientFrame, closing, offerLines, received } from "../../src/conformance/frames.ts";
import { toNode } from "../../adapters/node.ts";
import { fromFetch } from "../../adapters/fetch.ts";
import type { Context } from "../../src/index.ts";
import { lint } from "../../src/lint.ts";
import { served } from "../host/served.ts";
import { ENGINES } from "../support/engines.ts";
import { get, post } from "../support/octets.ts";
import { deferred, turn } from "../support/waiting.ts";
import { Client } from "./client.ts";
import { handling, Heard, upgrading } from "./handler-server.ts";

const UNOPENED = { code: 1006, reason: "", wasClean: false };

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return (server.address() as AddressInfo).port;
}

for (const engine of ENGINES) {
  describe(`upgradeWebSocket, ${engine}`, () => {
    it("H58: switches for the very Response, with no protocol and the fields that were given", async () => {
      const headers = new Headers({ "x-extra": "a", "set-cookie": "a=1", connection: "close", date: "never" });
      headers.append("set-cookie", "b=2");
      await using running = await upgrading(engine, undefined, { upgrade: { headers } });
      await using client = await running.connect();
      await client.send(get("/", offerLines({ "Sec-WebSocket-Protocol": "chat" })));
      const { status, field, fields } = await client.response();

      assert.equal(status, 101);
      assert.deepEqual([field("sec-websocket-accept"), field("upgrade")], [ACCEPT, "websocket"]);
      assert.deepEqual(
        [field("x-extra"), field("sec-websocket-protocol"), field("connection")],
        ["a", null, "Upgrade"],
      );
      assert.notEqual(field("date"), "never");
      assert.deepEqual(
        fields.filter(([name]) => name.toLowerCase() === "set-cookie").map(([, value]) => value),
        ["a=1", "b=2"],
      );
    });

    it("H58: names the protocol that was chosen among those offered", async () => {
      await using running = await upgrading(engine, undefined, { upgrade: { protocol: "chat.v2" } });
      const next = running.next();
      await using client = await Client.open(running.url, ["chat.v1", "chat.v2"]);

      assert.equal(client.socket.protocol, "chat.v2");
      assert.equal((await next).socket.protocol, "chat.v2");
    });

    it("A9, H58: refuses a protocol that was not offered, and fields that would change the handshake", async () => {
      const failures: unknown[] = [];
      const wrong = [
        { protocol: "other" },
        { protocol: "chat\r\nx: y" },
        { headers: { "sec-websocket-protocol": "other" } },
        { headers: { "sec-websocket-extensions": "permessage-deflate" } },
        { headers: { "x-split": "a\r\nx-injected: b" } },
        { headers: { "x split": "a" } },
      ];
      await using running = await served(engine, (request: Request, context: Context) => {
        assert.throws(() => context.upgradeWebSocket!(request as object), /takes options/u);
        for (const options of wrong) {
          try {
            context.upgradeWebSocket!(options as { protocol: string });
            failures.push("no error");
          } catch (error) {
            failures.push((error as Error).name);
          }
        }
        return new Response("none");
      });
      const { status, text } = await running.ask(get("/", offerLines({ "Sec-WebSocket-Protocol": "chat" })));

      assert.deepEqual([status, text], [200, "none"]);
      assert.deepEqual(
        failures,
        Array.from(wrong, () => "TypeError"),
      );
    });

    it("H58: sends another answer instead, and the socket closes without opening", async () => {
      await using running = await handling(engine, (heard) => (_request, context) => {
        heard(context.upgradeWebSocket!().socket);
        return new Response("not you", { status: 403 });
      });
      const next = running.next();
      const { status, text } = await running.ask(get("/", offerLines()));

      assert.deepEqual([status, text], [403, "not you"]);
      const { closed, types, socket } = await next;
      assert.deepEqual(await closed, UNOPENED);
      assert.deepEqual([types, socket.readyState, socket.bufferedAmount], [["close"], 3, 0]);
      socket.send("nobody hears this");
      socket.close();
      await turn();
      assert.deepEqual(types, ["close"]);
    });

    it("H58, H59: a Response that a middleware rebuilt is an honest 426", async () => {
      await using running = await handling(engine, (heard) => async (_request, context) => {
        const { socket, response } = context.upgradeWebSocket!();
        heard(socket);
        await turn();
        return new Response(response.body, response);
      });
      const next = running.next();
      const { status, field } = await running.ask(get("/", offerLines()));

      assert.deepEqual([status, field("upgrade"), field("sec-websocket-version")], [426, "websocket", "13"]);
      assert.deepEqual(await (await next).closed, UNOPENED);
    });

    it("H58: a middleware may change the headers in place, under the linter too", async () => {
      const faults: unknown[] = [];
      const inner = lint((_request: Request, context: Context) => context.upgradeWebSocket!().response, {
        mode: "collect",
        onViolation: (violation) => faults.push(violation),
      });
      const outer = lint(
        async (request: Request, context: Context) => {
          const response = await inner(request, context);
          response.headers.set("x-middleware", "1");
          return response;
        },
        { mode: "collect", onViolation: (violation) => faults.push(violation) },
      );
      await using running = await served(engine, outer);
      await using client = await running.connect();
      await client.send(get("/", offerLines()));

      assert.equal((await client.response()).status, 101);
      await client.send(clientFrame("close"));
      await client.closed();
      assert.deepEqual(faults, []);
    });

    it("H58: of two calls the one whose Response is returned opens, and the other closes", async () => {
      await using running = await handling(engine, (heard) => (_request, context) => {
        const [first, second] = [context.upgradeWebSocket!(), context.upgradeWebSocket!({ headers: { "x-nr": "2" } })];
        heard(first.socket);
        heard(second.socket);
        return second.response;
      });
      await using client = await running.connect();
      await client.send(get("/", offerLines()));
      assert.equal((await client.response()).field("x-nr"), "2");

      const [first, second] = running.heard as [Heard, Heard];
      assert.deepEqual(await first.closed, UNOPENED);
      assert.deepEqual([first.types, second.types], [["close"], ["open"]]);
    });

    it("H58: error() may upgrade, too, and a failure closes what was begun", async () => {
      let heard!: Heard;
      await using running = await served(engine, {
        fetch(_request: Request, context: Context) {
          heard = new Heard(context.upgradeWebSocket!().socket);
          throw new Error("before the answer");
        },
        error(_error: unknown, request: Request, context: Context) {
          return request.url.endsWith("/up") ? context.upgradeWebSocket!().response : undefined;
        },
      });
      assert.equal((await running.ask(get("/", offerLines()))).status, 500);
      assert.deepEqual(await heard.closed, UNOPENED);

      await using client = await running.connect();
      await client.send(get("/up", offerLines()));
      assert.equal((await client.response()).status, 101);
      assert.deepEqual(await heard.closed, UNOPENED);
    });

    it("H58: throws once the response is there, in waitUntil() as well", async () => {
      const failure = deferred<unknown>();
      await using running = await served(engine, (_request: Request, context: Context) => {
        const upgrade = context.upgradeWebSocket!;
        context.waitUntil(
          context.completed.then(() => {
            try {
              upgrade();
              failure.resolve("no error");
            } catch (error) {
              failure.resolve((error as DOMException).name);
            }
          }),
        );
        return new Response("first");
      });
      assert.equal((await running.ask(get("/", offerLines()))).text, "first");

      assert.equal(await failure.promise, "InvalidStateError");
    });

    it("H25, H58: after an abort there is a socket that closes unopened", async () => {
      const gone = deferred<Heard[]>();
      const asked = deferred();
      await using running = await served(engine, async (_request: Request, context: Context) => {
        const before = context.upgradeWebSocket!();
        const heard = [new Heard(before.socket)];
        asked.resolve();
        await new Promise((resolve) => {
          context.signal.addEventListener("abort", resolve);
        });
        const after = context.upgradeWebSocket!();
        heard.push(new Heard(after.socket));
        gone.resolve(heard);
        return after.response;
      });
      const client = await running.connect();
      await client.send(get("/", offerLines()));
      await asked.promise;
      client.leave();

      const heard = await gone.promise;
      for (const { closed, types } of heard) {
        assert.deepEqual(await closed, UNOPENED);
        assert.deepEqual(types, ["close"]);
      }
      assert.deepEqual(running.reports, []);
    });

    it("H57: answers 426 and 400 to what is no good offer, and only when the handler asks", async () => {
      const none: string[] = [];
      await using running = await served(engine, (request: Request, context: Context) => {
        if (new URL(request.url).pathname === "/plain") return new Response("plain");
        const { socket, response } = context.upgradeWebSocket!({ protocol: "any" });
        socket.onopen = () => none.push("open");
        socket.onclose = () => none.push("close");
        return response;
      });
      const cases = [
        [offerLines({ "Sec-WebSocket-Version": "8" }), 426],
        [offerLines({ "Sec-WebSocket-Version": null }), 426],
        [offerLines({ "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25j" }), 400],
        [offerLines({ "Sec-WebSocket-Key": null }), 400],
        [offerLines({ Upgrade: "h2c" }), 426],
        [offerLines({ Connection: "keep-alive" }), 426],
        [[], 426],
      ] as const;
      for (const [lines, status] of cases) {
        const asked = await running.ask(get("/", lines));
        assert.equal(asked.status, status, lines.join());
        assert.equal(asked.field("sec-websocket-version"), status === 426 ? "13" : null);
        assert.equal(asked.field("upgrade"), status === 426 ? "websocket" : null);
        assert.equal((await running.ask(get("/plain", lines))).text, "plain");
      }
      assert.equal((await running.ask(get("/plain", offerLines()))).text, "plain");
      assert.deepEqual(
        none,
        Array.from(cases, () => "close"),
      );
    });

    it("T4, H13: is there for GET alone, and the offer shows its Upgrade", async () => {
      await using running = await served(engine, (request: Request, { supports, upgradeWebSocket }: Context) =>
        Response.json([
          supports.has("websocket"),
          typeof upgradeWebSocket,
          request.headers.get("upgrade"),
          request.headers.get("connection"),
        ]),
      );
      assert.deepEqual(JSON.parse((await running.ask(post("/", "x"))).text), [false, "undefined", null, null]);
      assert.deepEqual(JSON.parse((await running.ask(get("/"))).text), [true, "function", null, null]);
      assert.deepEqual(JSON.parse((await running.ask(get("/", offerLines()))).text), [
        true,
        "function",
        "websocket",
        "Upgrade",
      ]);
    });

    it("M2: is there for an app behind fromFetch() and for a Context that inherits", async () => {
      const app = { fetch: (_request: Request, context: Context) => context.upgradeWebSocket!().response };
      const handler = fromFetch(app);
      await using running = await served(engine, (request: Request, context: Context) =>
        (handler as typeof app).fetch(request, Object.create(context) as Context),
      );
      await using client = await running.connect();
      await client.send(get("/", offerLines()));

      assert.equal((await client.response()).status, 101);
    });

    it("H58: a socket that is closed before it opens says so to the client, with its code", async () => {
      await using running = await upgrading(engine, (socket) => socket.close(4401, "who are you?"));
      const next = running.next();
      await using client = await running.open();
      const [frame] = await received(client, 1);
      assert.deepEqual(closing(frame!), [4401, "who are you?"]);
      await client.send(clientFrame("close", frame!.payload));
      await client.closed();

      const { closed, types } = await next;
      assert.deepEqual(await closed, { code: 4401, reason: "who are you?", wasClean: true });
      assert.deepEqual(types, ["close"]);
    });
  });
}

describe("upgradeWebSocket elsewhere", () => {
  it("T4: is not there behind other people's servers", async () => {
    const listener = toNode((_request: Request, { supports, upgradeWebSocket }: Context) =>
      Response.json([supports.has("websocket"), typeof upgradeWebSocket]),
    );
    const server = createServer(listener);
    const port = await listening(server);
    const response = await fetch(`http://127.0.0.1:${port}/`);
    assert.deepEqual(await response.json(), [false, "undefined"]);
    server.closeAllConnections();
    server.close();
  });
});
