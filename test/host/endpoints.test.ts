// H50: who talks to whom? The addresses of a connection, whenever a handler asks.

import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { describe } from "node:test";
import { text } from "node:stream/consumers";
import type { App, Context, Endpoint, Handler } from "../../src/index.ts";
import { clause } from "../support/clause.ts";
import type { EngineName } from "../support/engines.ts";
import { get } from "../support/octets.ts";
import { chunksOf, endless } from "../support/streams.ts";
import { deferred, turn, until, within } from "../support/waiting.ts";
import { served } from "./served.ts";

const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === "::1"));

interface Facts {
  readonly remote: Endpoint | null;
  readonly peer: Endpoint | null;
  readonly local: Endpoint | null;
  readonly tls: unknown;
  readonly httpVersion: string;
}

function facts({ remote, peer, local, tls, httpVersion }: Context): Facts {
  return { remote, peer, local, tls, httpVersion };
}

const telling: Handler = (_request, context) => Response.json(facts(context));

/** What a server tells of a connection to `host`, and the port the connection came from. */
async function ask(port: number, host: string, localAddress?: string): Promise<{ told: Facts; from: number }> {
  const socket = connect({ port, host, ...(localAddress !== undefined && { localAddress }) });
  await once(socket, "connect");
  const from = socket.localPort ?? 0;
  socket.write(get("/", ["Connection: close"]));
  const answer = await text(socket);
  return { told: JSON.parse(answer.slice(answer.indexOf("\r\n\r\n") + 4)) as Facts, from };
}

/** Over `host` to `port`; builds of the engine before 20.69 do not tell the port of the peer, which is 0 then. */
function assertEnds(
  engine: EngineName,
  { told, from }: { told: Facts; from: number },
  host: string,
  port: number,
): void {
  const family = host.includes(":") ? "IPv6" : "IPv4";
  const peerPort = engine === "uws" && told.peer?.port === 0 ? 0 : from;
  assert.deepEqual(told.peer, { address: host, port: peerPort, family });
  assert.deepEqual(told.remote, told.peer);
  assert.deepEqual(told.local, { address: host, port, family });
  assert.deepEqual([told.tls, told.httpVersion], [null, "1.1"]);
}

const LOOPBACKS = hasIpv6 ? ["127.0.0.1", "::1"] : ["127.0.0.1"];

describe("the ends of a connection", () => {
  clause("H50/port", "the port of the peer is the one its connection comes from", async (engine) => {
    await using server = await served(engine, telling);

    const { told, from } = await ask(server.port, "127.0.0.1");

    assert.equal(told.peer?.port, from);
  });

  clause("H50/families", "are told with address, port and family over IPv4 and IPv6", async (engine) => {
    for (const host of LOOPBACKS) {
      await using server = await served(engine, telling, { host });
      assertEnds(engine, await ask(server.port, host), host, server.port);
    }
  });

  clause(
    "H50/any",
    "of a listener on :: are told in the client's family, the local one if it is known",
    async (engine) => {
      await using server = await served(engine, telling, { host: "::" });

      for (const host of LOOPBACKS) {
        const { told, from } = await ask(server.port, host);
        const family = host.includes(":") ? "IPv6" : "IPv4";
        const local = told.local ?? { address: host, port: server.port, family };
        assertEnds(engine, { told: { ...told, local }, from }, host, server.port);
      }
    },
  );

  clause("H50/localhost", "are told for each of the two addresses of localhost", async (engine) => {
    await using server = await served(engine, telling, { host: "localhost" });

    for (const host of LOOPBACKS) {
      const { told, from } = await ask(server.port, host);
      const family = host.includes(":") ? "IPv6" : "IPv4";
      const local = told.local ?? { address: host, port: server.port, family };
      assertEnds(engine, { told: { ...told, local }, from }, host, server.port);
    }
  });

  clause("H50/others", "are those of this connection and of no other", async (engine) => {
    const release = deferred();
    let count = 0;
    await using server = await served(engine, async (_request: Request, context: Context) => {
      if (++count === 8) release.resolve();
      await release.promise;
      return Response.json(facts(context));
    });
    const clients = Array.from({ length: 8 }, (_, i) => `127.0.0.${i + 2}`);

    const answers = await Promise.all(clients.map((address) => ask(server.port, "127.0.0.1", address)));

    assert.deepEqual(
      answers.map(({ told }) => told.peer?.address),
      clients,
    );
  });

  clause("H50/kept", "stay what they are while others come and go", async (engine) => {
    await using server = await served(engine, telling);
    const agents = new Map<string, Agent>();
    const askFrom = async (address: string): Promise<string | undefined> => {
      const agent = agents.get(address) ?? new Agent({ keepAlive: true, maxSockets: 1 });
      agents.set(address, agent);
      const [answer] = (await once(
        request({ port: server.port, host: "127.0.0.1", localAddress: address, agent }).end(),
        "response",
      )) as [IncomingMessage];
      return (JSON.parse(await text(answer)) as Facts).peer?.address;
    };
    const leave = async (address: string): Promise<void> => {
      const [socket] = Object.values(agents.get(address)?.freeSockets ?? {}).flat();
      agents.delete(address);
      if (socket === undefined) throw new Error(`No connection of ${address} is kept.`);
      socket.destroy();
      await once(socket, "close");
    };

    for (const step of ["2", "2", "3", "2", "3", "-3", "2", "4", "-2", "4", "-4", "5", "5", "2", "-5", "2"]) {
      const address = `127.0.0.${step.replace("-", "")}`;
      if (step.startsWith("-")) await leave(address);
      else assert.equal(await askFrom(address), address);
    }
    for (const agent of agents.values()) agent.destroy();
  });
});

/** Handlers that take the context in the ways that users write it. They all leave their context in `kept`. */
function handlers(
  kept: (context: Context) => void,
  answer: () => Response | Promise<Response>,
): Record<string, unknown> {
  return {
    "two parameters": (_request: Request, context: Context) => {
      kept(context);
      return answer();
    },
    "the draft": {
      [Symbol.for("wintertc.server.protocol")]: 1,
      fetch(context: Context) {
        kept(context);
        return answer();
      },
    },
    "a method": {
      fetch(_request: Request, context: Context) {
        kept(context);
        return answer();
      },
    },
  };
}

function assertTold(context: Context | undefined, port: number, name: string): void {
  assert.ok(context !== undefined, name);
  assert.equal(context.peer?.address, "127.0.0.1", name);
  assert.deepEqual(context.remote, context.peer, name);
  assert.deepEqual(context.local, { address: "127.0.0.1", port, family: "IPv4" }, name);
  assert.equal(context.httpVersion, "1.1", name);
  assert.equal(context.tls, null, name);
}

describe("asked late, the ends of a connection are still told", () => {
  clause("H50/ended", "after the response has ended and the client has gone", async (engine) => {
    const answers: readonly (() => Response | Promise<Response>)[] = [
      async () => {
        await turn();
        return new Response("later");
      },
      () => new Response(chunksOf(["a", "b"])),
    ];
    for (const answer of answers) {
      let context: Context | undefined;
      for (const [name, app] of Object.entries(handlers((given) => (context = given), answer))) {
        await using server = await served(engine, app);
        await server.ask(get());
        await within(8_000, "completed", context?.completed ?? Promise.reject(new Error("no call")));
        assertTold(context, server.port, name);
      }
    }
  });

  clause("H50/sync", "after an answer that was given at once, to a handler that takes the context", async (engine) => {
    let context: Context | undefined;
    await using server = await served(engine, (_request: Request, given: Context) => {
      context = given;
      return new Response("ok");
    });

    await server.ask(get());
    await within(
      2_000,
      "completed",
      (context as Context | undefined)?.completed ?? Promise.reject(new Error("no call")),
    );

    assertTold(context, server.port, "two parameters");
  });

  clause("H50/left", "after the client left before the answer", async (engine) => {
    for (const [name, app] of Object.entries(lateApps())) {
      let context: Context | undefined;
      const aborted = deferred();
      await using server = await served(
        engine,
        app((given) => {
          context = given;
          given.signal.addEventListener("abort", () => aborted.resolve());
        }, aborted.promise),
      );
      await using client = await server.connect();
      await client.send(get());
      await until(8_000, "the call", () => context !== undefined);
      client.leave();
      await within(8_000, "the abort", aborted.promise);
      await (context as Context | undefined)?.completed.catch(() => {});
      assertTold(context, server.port, name);
    }
  });
});

type LateApp = (kept: (context: Context) => void, aborted: Promise<void>) => unknown;

function lateApps(): Readonly<Record<string, LateApp>> {
  const apps: Record<string, LateApp> = {};
  for (const name of Object.keys(
    handlers(
      () => {},
      () => new Response(),
    ),
  )) {
    apps[name] = (kept, aborted) => handlers(kept, () => aborted.then(() => new Response("late")))[name];
    apps[`${name}, streaming`] = (kept) => handlers(kept, () => new Response(endless().stream))[name];
  }
  const throwing = (): never => {
    throw new Error("first");
  };
  apps["the error hook"] = (kept, aborted): App => ({
    fetch: throwing,
    error: async (_error, _request, context) => {
      kept(context);
      await aborted;
      return new Response("late");
    },
  });
  return apps;
}
