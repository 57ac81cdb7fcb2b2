// H54, H55 as far as sockets go: which addresses are opened, and how are they left?

import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { describe } from "node:test";
import { serve, ServerError, type ServeOptions } from "../../src/index.ts";
import { clause } from "../support/clause.ts";
import { type EngineName, start } from "../support/engines.ts";
import { get } from "../support/octets.ts";
import { isListening } from "../support/ports.ts";
import { RawClient } from "../support/raw-client.ts";
import { chunksOf } from "../support/streams.ts";
import { deferred, until, within } from "../support/waiting.ts";

const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === "::1"));

function quiet(engine: EngineName, options: ServeOptions): ServeOptions {
  return { engine, port: 0, log: "off", handleSignals: false, ...options };
}

describe("opening a port", () => {
  clause("H54/busy", "a port that is taken is an error with the port in its sentence", async (engine) => {
    await using server = await start(engine, () => new Response("first"));

    const failure = await serve(
      () => new Response("second"),
      quiet(engine, { host: "127.0.0.1", port: server.port }),
    ).then(
      () => null,
      (error: unknown) => error,
    );

    assert.ok(failure instanceof ServerError, `got ${String(failure)}`);
    assert.equal(failure.code, "ERR_ADDRESS_IN_USE");
    assert.ok(failure.message.includes(String(server.port)), failure.message);
  });

  clause("H54/foreign", "an address of another machine is an error", async (engine) => {
    const failure = await serve(() => new Response("x"), quiet(engine, { host: "192.0.2.1" })).then(
      () => null,
      (error: unknown) => error,
    );

    assert.ok(failure instanceof ServerError, `got ${String(failure)}`);
    assert.equal(failure.code, "ERR_ADDRESS_INVALID");
  });

  clause("H54/localhost", "localhost is every loopback address there is, on one port", async (engine) => {
    await using server = await serve(() => new Response("here"), quiet(engine, { host: "localhost" }));

    for (const host of hasIpv6 ? ["127.0.0.1", "::1"] : ["127.0.0.1"]) {
      await using client = await RawClient.connect(server.port, { host });
      await client.send(get());
      assert.equal((await client.response()).text, "here");
    }
  });

  clause("H50/mapped", "an IPv4 client of a listener on :: is shown with its IPv4 address", async (engine) => {
    const app = (_request: Request, context: { peer: unknown }): Response => Response.json(context.peer);
    await using server = await serve(app, quiet(engine, { host: "::" }));
    await using client = await RawClient.connect(server.port);

    await client.send(get());
    const peer = JSON.parse((await client.response()).text) as { address: string; family: string };

    assert.deepEqual([peer.address, peer.family], ["127.0.0.1", "IPv4"]);
  });
});

describe("stopping", () => {
  clause(
    "H55/in-flight",
    "a request in flight is answered with close, and no new connection is taken",
    async (engine) => {
      const release = deferred();
      const called = deferred();
      const server = await serve(
        async () => {
          called.resolve();
          await release.promise;
          return new Response(chunksOf(["fin", "ished"]));
        },
        quiet(engine, { host: "127.0.0.1" }),
      );
      await using client = await RawClient.connect(server.port);

      await client.send(get());
      await within(8_000, "the handler", called.promise);
      const closing = server.close({ deadlineMs: 5_000 });
      await until(8_000, "refusal", () => !isListening(server.port));
      release.resolve();
      const response = await client.response();

      assert.equal(response.text, "finished");
      assert.equal(response.field("connection")?.toLowerCase(), "close");
      await client.closed();
      await within(5_000, "close()", closing);
    },
  );

  clause("H55/idle", "idle connections do not hold up the end", async (engine) => {
    const server = await serve(() => new Response("ok"), quiet(engine, { host: "127.0.0.1" }));
    await using used = await RawClient.connect(server.port);
    await using fresh = await RawClient.connect(server.port);
    await used.send(get());
    await used.response();

    await within(1_500, "close()", server.close({ deadlineMs: 30_000 }));

    await used.closed();
    await fresh.closed();
  });

  clause("H55/deadline", "what is in flight at the deadline is cut, and its signal aborts", async (engine) => {
    const aborted = deferred();
    const called = deferred();
    const server = await serve(
      (request: Request) => {
        request.signal.addEventListener("abort", () => aborted.resolve());
        called.resolve();
        return new Promise<Response>(() => {});
      },
      quiet(engine, { host: "127.0.0.1", logger: silent }),
    );
    await using client = await RawClient.connect(server.port);

    await client.send(get());
    await within(8_000, "the handler", called.promise);
    await within(4_000, "close()", server.close({ deadlineMs: 100 }));

    await within(8_000, "the abort", aborted.promise);
    await client.closed();
  });
});

const silent: NonNullable<ServeOptions["logger"]> = {
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silent,
};
