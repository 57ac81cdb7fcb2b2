// Do Nest's WebSocket gateways run unchanged on our server, on the ws platform and on socket.io?

import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { io } from "socket.io-client";
import { WebSocket } from "ws";
import { fromNest, type NestApp } from "../../adapters/nest.ts";
import { serve } from "../../src/index.ts";
import { quiet } from "../host/served.ts";
import { within } from "../support/waiting.ts";
import { gatewayModule } from "./nest-gateway.js";
import { nestPackages, VERSIONS } from "./nest-probe.ts";

const PATIENCE_MS = 10_000;

interface GatewayApp extends NestApp {
  useWebSocketAdapter(adapter: object): void;
}

type Platform = "WsAdapter" | "IoAdapter";

/** The packages of a version for gateways. */
type Gateways = { readonly websockets: object } & Readonly<Record<Platform, new (app: object) => object>>;

async function application(version: (typeof VERSIONS)[number], platform: Platform): Promise<GatewayApp> {
  const packages = await nestPackages(version);
  const gateways = (await import(new URL(`nest${version}/gateways.js`, import.meta.url).href)) as Gateways;
  const module = gatewayModule({ ...packages, ...gateways });
  const app = (await packages.core.NestFactory.create(module as never, { logger: false } as never)) as GatewayApp;
  app.useWebSocketAdapter(new gateways[platform](app));
  return app;
}

/** What is different between the engines and the transports is not between versions of Nest. */
const EVERY_WAY = 11;

for (const version of VERSIONS) {
  for (const engine of version === EVERY_WAY ? (["uws", "node"] as const) : (["uws"] as const)) {
    describe(`a gateway, nest ${version}, ${engine}`, () => {
      it("on the ws platform answers messages beside the controllers", async () => {
        const app = await application(version, "WsAdapter");
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

      const ways = [["polling"], ["websocket"], ["polling", "websocket"]];
      for (const transports of version === EVERY_WAY ? ways : ways.slice(-1)) {
        it(`on socket.io answers over ${transports.join(", then ")}`, async () => {
          const app = await application(version, "IoAdapter");
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
}
