// Which events does a listener see, in which order, and what do its objects say meanwhile? As on node:http.

import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, it } from "node:test";

import { RawClient } from "../support/raw-client.ts";
import { deferred, turn, until, within } from "../support/waiting.ts";
import { bridged, OURS, type Way } from "./bridged.ts";

const GET = "GET /x?y=1 HTTP/1.1\r\nHost: a.example\r\n\r\n";
const HALF_POST = "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 10\r\n\r\n12345";
const WAYS: readonly Way[] = ["genuine", ...OURS];

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Notes every event of both objects. */
function watch(request: IncomingMessage, response: ServerResponse, seen: string[]): void {
  for (const event of ["aborted", "end", "error", "close"]) {
    request.on(event, (error?: { code?: string }) => seen.push(`req ${event}${error?.code ? ` ${error.code}` : ""}`));
  }
  for (const event of ["prefinish", "finish", "error", "close"]) response.on(event, () => seen.push(`res ${event}`));
}

function only(half: string, seen: unknown): unknown {
  const events: unknown = Array.isArray(seen) ? seen : (seen as { seen?: unknown }).seen;
  if (!Array.isArray(events) || !events.every((event) => typeof event === "string")) return seen;
  return events.filter((event: string) => event.startsWith(half));
}

/** Each way must give what node:http gave. */
function same(title: string, run: (way: Way) => Promise<unknown>): void {
  let expected: unknown;
  for (const way of WAYS) {
    it(`${title} (${way})`, async () => {
      const seen = await run(way);
      if (way === "genuine") expected = seen;
      else if (way !== "fetch") assert.deepEqual(seen, expected);
      // The host of a Response tells later that it was sent: each object has its own order, and that is Node's.
      else for (const half of ["req", "res"]) assert.deepEqual(only(half, seen), only(half, expected));
    });
  }
}

async function answered(way: Way, listener: Listener, octets = GET): Promise<{ seen: string[]; text: string }> {
  const seen: string[] = [];
  await using server = await bridged(way, (request: IncomingMessage, response: ServerResponse) => {
    watch(request, response, seen);
    return listener(request, response);
  });
  await using client = await RawClient.connect(server.port);
  await client.send(octets);
  const { text } = await client.finalResponse();
  await until(3_000, "the end of both", () => seen.includes("res close") && seen.includes("req close"));
  return { seen, text };
}

async function left(way: Way, listener: Listener, octets: string): Promise<string[]> {
  const seen: string[] = [];
  const arrived = deferred();
  await using server = await bridged(way, (request: IncomingMessage, response: ServerResponse) => {
    watch(request, response, seen);
    listener(request, response);
    arrived.resolve();
  });
  const client = await RawClient.connect(server.port);
  await client.send(octets);
  await within(3_000, "the request", arrived.promise);
  await turn(20);
  client.leave();
  await until(3_000, "the end of both", () => seen.includes("res close") && seen.includes("req close"));
  return seen;
}

describe("events", () => {
  same("D2: come in Node's order for an answer at once", (way) =>
    answered(way, (_request, response) => response.end("a")),
  );
  same("D2: come in Node's order for a body that is read", (way) =>
    answered(way, (request, response) => request.resume().on("end", () => response.end("b")), HALF_POST + "67890"),
  );
  same("D2: come in Node's order for an answer in pieces", (way) =>
    answered(way, (_request, response) => {
      response.write("a");
      setImmediate(() => response.end("b"));
    }),
  );
});

describe("a client that leaves", () => {
  same("D6: is an abort before the answer", (way) => left(way, () => {}, GET));
  same("D6: is an abort and an error in the middle of its body", (way) =>
    left(way, (request) => request.resume(), HALF_POST),
  );
});

describe("misuse", () => {
  same("D4: throws Node's errors, with its codes and words", async (way) => {
    const { text } = await answered(way, (_request, response) => {
      const thrown: unknown[] = [];
      const attempt = (work: () => unknown): void => {
        try {
          work();
        } catch (error) {
          const { name, code, message } = error as NodeJS.ErrnoException;
          thrown.push([name, code, message]);
        }
      };
      attempt(() => response.setHeader("a b", "c"));
      attempt(() => response.setHeader("a", "b\r\nc: d"));
      attempt(() => response.setHeader("a", undefined as never));
      attempt(() => response.getHeader(1 as never));
      attempt(() => response.writeHead(99));
      attempt(() => response.writeHead(200, "no\nbreaks"));
      response.statusMessage = "OK";
      attempt(() => response.write(null as never));
      attempt(() => response.write(7 as never));
      attempt(() => response.addTrailers({ "a b": "c" }));
      response.writeHead(200, { "x-a": "1" });
      attempt(() => response.setHeader("late", "1"));
      attempt(() => response.removeHeader("x-a"));
      attempt(() => response.writeHead(200));
      response.end(JSON.stringify(thrown));
    });
    return JSON.parse(text) as unknown;
  });

  same("D5: is an error event for a write after the end, and no crash", async (way) => {
    const { seen } = await answered(way, (_request, response) => {
      response.end("done");
      response.end();
      response.write("more");
    });
    return seen.filter((event) => event.includes("error"));
  });
});

describe("state", () => {
  same("D2: reads as Node's before, during and after", async (way) => {
    const states: unknown[] = [];
    const look = (request: IncomingMessage, response: ServerResponse): void => {
      const { headersSent, finished, writableEnded, destroyed, writableLength, statusMessage } = response;
      const { method, url, httpVersion, aborted, headers } = request;
      states.push({ headersSent, finished, writableEnded, destroyed, writableLength, statusMessage, method, url });
      states.push({ httpVersion, aborted, host: headers.host, hasSocket: response.socket !== null });
    };
    await answered(way, (request, response) => {
      look(request, response);
      response.on("finish", () => look(request, response));
      response.on("close", () => look(request, response));
      response.statusCode = 202;
      response.end("x");
      response.statusCode = 500;
    });
    return states;
  });
});

describe("an AsyncLocalStorage", () => {
  for (const way of OURS) {
    it(`keeps its store in every event of the request (${way})`, async () => {
      const storage = new AsyncLocalStorage<string>();
      const stores: unknown[] = [];
      await using server = await bridged(way, (request: IncomingMessage, response: ServerResponse) => {
        storage.run(String(request.url), () => {
          request.on("data", () => stores.push(storage.getStore()));
          request.on("end", () => {
            stores.push(storage.getStore());
            response.write("a");
            setTimeout(() => response.end("b"), 5);
          });
          response.on("finish", () => stores.push(storage.getStore()));
        });
      });
      await using client = await RawClient.connect(server.port);

      await client.send("POST /one HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n\r\nabc");
      await client.response();
      await until(3_000, "all events", () => stores.length === 3);

      assert.deepEqual(stores, ["/one", "/one", "/one"]);
    });
  }
});
