// Do the start and the end of a framework happen with those of the server?

import assert from "node:assert/strict";
import { describe } from "node:test";
import Fastify from "fastify";
import { fromNode } from "../../adapters/node.ts";
import { served } from "../host/served.ts";
import { clause } from "../support/clause.ts";

const GET = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

describe("The life of a framework", () => {
  clause(
    "D9/fastify",
    "a Fastify instance is made ready before the port opens and closed after the last answer",
    async (engine) => {
      const order: string[] = [];
      const app = Fastify();
      app.addHook("onReady", async () => void order.push("ready"));
      app.addHook("onResponse", async () => void order.push("answered"));
      app.addHook("onClose", async () => void order.push("closed"));
      app.get("/", () => "hello");

      const server = await served(engine, fromNode(app));
      assert.deepEqual(order, ["ready"]);
      await using client = await server.connect();
      await client.send(GET);
      assert.equal((await client.response()).status, 200);
      await server.server.close();

      assert.deepEqual(order, ["ready", "answered", "closed"]);
    },
  );

  clause("D9/start", "a plugin of Fastify that fails to load stops the start, and nothing listens", async (engine) => {
    const app = Fastify();
    app.register(async () => {
      throw new Error("no database");
    });

    await assert.rejects(served(engine, fromNode(app)), /no database/);
  });
});
