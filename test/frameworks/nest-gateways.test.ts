// Do Nest's WebSocket gateways run unchanged on our server, on the ws platform and on socket.io?

import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { NestFactory } from "@nestjs/core";
import { IoAdapter } from "@nestjs/platform-socket.io";
import { WsAdapter } from "@nestjs/platform-ws";
import { io } from "socket.io-client";
import { WebSocket } from "ws";
import { fromNest, type NestApp } from "../../adapters/nest.ts";
import { serve } from "../../src/index.ts";
import { quiet } from "../host/served.ts";
import { within } from "../support/waiting.ts";
import { gatewayModule } from "./nest-gateway.js";

const PATIENCE_MS = 10_000;

interface GatewayApp extends NestApp {
  useWebSocketAdapter(adapter: object): void;
}

async function application(adapterOf: (app: never) => object): Promise<GatewayApp> {
  const app = (await NestFactory.create(gatewayModule() as never, { logger: false })) as unknown as GatewayApp;
  app.useWebSocketAdapter(adapterOf(app as never));
  return app;
}

for (const engine of ["uws", "node"] as const) {
  describe(`a gateway, ${engine}`, () => {
    it("on the ws platform answers messages beside the controllers", async () => {
      const app = await application((it) => new WsAdapter(it));
      await using server = await serve(fromNest(app), quiet(engine));

      const socket = new WebSocket(server.url.replace("http", "ws"));
      await within(PATIENCE_MS, "the socket", once(socket, "open"));
      socket.send(JSON.stringify({ event: "echo", data: { a: 1 } }));
      const [message] = (await within(PATIENCE_MS, "the answer", once(socket, "message"))) as [Buffer];
      assert.deepEqual(JSON.parse(message.toString("utf8")), { event: "echoed", data: { a: 1 } });
      assert.equal(await (await fetch(server.url)).text(), "home");
      const closed = once(socket, "close");
      await app.close();
      await within(PATIENCE_MS, "the end", closed);
    });

    for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
      it(`on socket.io answers over ${transports.join(", then ")}`, async () => {
        const app = await application((it) => new IoAdapter(it));
        await using server = await serve(fromNest(app), quiet(engine));

        const socket = io(server.url, { transports, reconnection: false });
        try {
          await within(
            PATIENCE_MS,
            "the connection",
            new Promise<void>((resolve) => void socket.once("connect", () => resolve())),
          );
          const echoed = new Promise((resolve) => void socket.once("echoed", resolve));
          socket.emit("echo", { a: 1 });
          assert.deepEqual(await within(PATIENCE_MS, "the answer", echoed), { a: 1 });
        } finally {
          socket.disconnect();
          await server.close({ deadlineMs: 100 });
        }
      });
    }
  });
}
