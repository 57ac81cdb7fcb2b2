// A server object of the app's own, listening with our engine.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import express from "express";

import { adopt } from "../../adapters/node.ts";
import { UWS_OBSTACLE } from "../support/engines.ts";
import { RawClient } from "../support/raw-client.ts";
import { deferred, turn, within } from "../support/waiting.ts";

const GET = "GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n";

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function closed(server: Server): Promise<Error | undefined> {
  return new Promise((resolve) => {
    server.close(resolve);
  });
}

function app(): RequestListener {
  const made = express();
  made.get("/x", (request, response) => {
    response.json({ isSame: (request.socket as unknown as { server: unknown }).server === made.locals["server"] });
  });
  return made as unknown as RequestListener;
}

describe("adopt", { skip: UWS_OBSTACLE ?? false }, () => {
  it("gives the same object, which listens within the call", async () => {
    const listener = app();
    const server = createServer(listener);
    (listener as unknown as ReturnType<typeof express>).locals["server"] = server;

    assert.equal(adopt(server), server);
    assert.equal(server.listening, false);
    assert.equal(server.listen(0, "127.0.0.1"), server);
    assert.equal(server.listening, true);
    const { address, family } = server.address() as AddressInfo;
    assert.deepEqual([address, family], ["127.0.0.1", "IPv4"]);

    await using client = await RawClient.connect(portOf(server));
    await client.send(GET);
    const response = await client.response();
    assert.equal(response.text, '{"isSame":true}');
    assert.equal(response.field("keep-alive"), null, "it is not Node that answers");
    assert.equal(await closed(server), undefined);
    assert.equal(server.address(), null);
  });

  it("says 'listening' after the call, then calls back", async () => {
    const server = adopt(createServer());
    const steps: string[] = [];
    const called = deferred();

    server.on("listening", () => steps.push("event"));
    server.listen(0, () => {
      steps.push("callback");
      called.resolve();
    });
    steps.push("returned");
    await within(2_000, "the callback", called.promise);

    assert.deepEqual(steps, ["returned", "event", "callback"]);
    assert.equal((server.address() as AddressInfo).family, "IPv6");
    await closed(server);
  });

  it("emits EADDRINUSE as Node does", async () => {
    const first = adopt(createServer()).listen(0, "127.0.0.1");
    const failed = deferred<NodeJS.ErrnoException>();

    adopt(createServer()).on("error", failed.resolve).listen(portOf(first), "127.0.0.1");
    const error = await within(2_000, "the error", failed.promise);

    assert.equal(error.code, "EADDRINUSE");
    assert.equal(error.syscall, "listen");
    await closed(first);
  });

  it("refuses to listen twice, and to close twice", async () => {
    const server = adopt(createServer()).listen(0);

    assert.throws(() => server.listen(0), { code: "ERR_SERVER_ALREADY_LISTEN" });
    await closed(server);
    assert.equal(((await closed(server)) as NodeJS.ErrnoException).code, "ERR_SERVER_NOT_RUNNING");
  });

  it("waits at close for what is in flight, and closes what is idle", async () => {
    const asked = deferred<() => void>();
    const server = adopt(createServer((_request, response) => asked.resolve(() => response.end("late")))).listen(0);
    await using idle = await RawClient.connect(portOf(server));
    await using busy = await RawClient.connect(portOf(server));
    await busy.send(GET);
    const answer = await asked.promise;

    let isClosed = false;
    const done = closed(server).then(() => {
      isClosed = true;
    });
    assert.equal(isClosed, false);
    answer();

    assert.equal((await busy.response()).text, "late");
    await within(5_000, "the close", done);
    await idle.closed();
  });

  it("listens again after it was closed", async () => {
    const server = adopt(createServer((_request, response) => response.end("again")));
    for (let i = 0; i < 2; i++) {
      server.listen(0);
      await using client = await RawClient.connect(portOf(server));
      await client.send(GET);
      assert.equal((await client.response()).text, "again");
      await closed(server);
    }
  });

  it("cuts what is in flight with closeAllConnections", async () => {
    const closes = deferred();
    const server = adopt(createServer((_request, response) => response.on("close", closes.resolve))).listen(0);
    await using client = await RawClient.connect(portOf(server));
    await client.send(GET);
    const count = (): Promise<number> =>
      new Promise((resolve) => server.getConnections((_error, connections) => resolve(connections)));
    while ((await count()) === 0) await turn();

    server.closeAllConnections();

    await within(2_000, "the close", closes.promise);
    await client.closed();
    await closed(server);
  });

  it("calls the listeners of the moment, all of them", async () => {
    const server = adopt(createServer((_request, response) => response.end("first"))).listen(0);
    await using client = await RawClient.connect(portOf(server));
    server.removeAllListeners("request");
    server.on("request", (_request, response) => response.write("sec"));
    server.on("request", (_request, response) => response.end("ond"));

    await client.send(GET);

    assert.equal((await client.response()).text, "second");
    await closed(server);
  });

  it("leaves a server to Node where the engine is node", async () => {
    const server = adopt(
      createServer((_request, response) => response.end("node")),
      { engine: "node" },
    );
    await new Promise<void>((resolve) => {
      server.listen(0, resolve);
    });
    await using client = await RawClient.connect(portOf(server));
    await client.send(GET);

    assert.equal((await client.response()).field("keep-alive"), "timeout=5");
    server.closeAllConnections();
    await closed(server);
  });
});

describe("node --import easyserver/register", { skip: UWS_OBSTACLE ?? false }, () => {
  it("serves app.listen() of an unchanged app with the engine", async () => {
    const register = fileURLToPath(new URL("../../adapters/register.ts", import.meta.url));
    const main = fileURLToPath(new URL("registered-app.js", import.meta.url));
    const child = spawn(process.execPath, ["--import", "tsx", "--import", register, main], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const said = deferred<string>();
      createInterface({ input: child.stdout }).once("line", said.resolve);
      const port = Number(await within(60_000, "the port", said.promise));
      await using client = await RawClient.connect(port);
      await client.send(GET);
      const response = await client.response();

      assert.equal(response.text, "registered");
      assert.equal(response.field("x-powered-by"), "Express");
      assert.equal(response.field("keep-alive"), null);
    } finally {
      child.kill("SIGKILL");
    }
  });
});
