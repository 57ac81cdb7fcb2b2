// What a careless app or a rude client can do: the process lives, the next request is answered, nothing is left behind.

import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, it } from "node:test";

import { RawClient } from "../support/raw-client.ts";
import { random as randomOf } from "../support/random.ts";
import { deferred, turn, until, within } from "../support/waiting.ts";
import { bridged, OURS } from "./bridged.ts";

const GET = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Each leaves the server able to answer; the value is what a client gets: a status, or null for a cut connection. */
const CARELESS: Readonly<Record<string, readonly [listener: Listener, status: number | null]>> = {
  "throws at once": [() => thrown(), 500],
  "rejects later": [() => turn().then(thrown), 500],
  "throws after the head": [(_request, response) => (response.write("a"), thrown()), null],
  "throws in a 'finish' listener": [(_request, response) => response.on("finish", thrown).end("a"), 200],
  "throws in a 'data' listener": [(request) => request.on("data", thrown), 500],
  "destroys its response": [(_request, response) => response.destroy(new Error("on purpose")), null],
  "destroys its request": [(request) => request.destroy(), null],
  "destroys its socket": [(request) => request.socket.destroy(), null],
  "destroys after a part": [(_request, response) => (response.write("part"), response.destroy()), null],
  "ends twice and writes after it": [
    (_request, response) => {
      response.end("a");
      response.end("b");
      response.write("c");
    },
    200,
  ],
  "announces more than it sends": [
    (_request, response) => {
      response.setHeader("content-length", 10);
      response.write("a");
      response.end();
    },
    null,
  ],
  "announces less than it sends": [
    (_request, response) => {
      response.setHeader("content-length", 1);
      response.write("abc");
      response.end("def");
    },
    200,
  ],
  "sets a head of 60 KB": [(_request, response) => response.setHeader("x-a", "v".repeat(60_000)).end("a"), 200],
  "is silent until its timeout": [(_request, response) => response.setTimeout(30), null],
};

function thrown(): never {
  throw new Error("careless");
}

describe("a listener that", () => {
  for (const [what, [listener, status]] of Object.entries(CARELESS)) {
    for (const way of OURS.filter((one) => one !== "fetch")) {
      it(`${what} harms nobody else (${way})`, async () => {
        let calls = 0;
        await using server = await bridged(way, (request: IncomingMessage, response: ServerResponse) => {
          calls++;
          return calls === 1 ? listener(request, response) : response.end("alive");
        });
        await using client = await RawClient.connect(server.port);
        await using next = await RawClient.connect(server.port);

        const method = what.includes("'data'")
          ? "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1\r\n\r\nx"
          : GET;
        await client.send(method);
        const response = await client.responseOrClose();
        await next.send(GET);

        assert.equal(response?.status ?? null, status);
        assert.equal((await next.response()).text, "alive");
      });
    }
  }

  it("delivers what it wrote before it destroyed its response", async () => {
    await using server = await bridged("fast", (_request: IncomingMessage, response: ServerResponse) => {
      response.write("the part");
      setImmediate(() => response.destroy());
    });
    await using client = await RawClient.connect(server.port);

    await client.send(GET);
    const bytes = await client.untilClose();

    assert.match(bytes.toString("latin1"), /the part/);
  });
});

describe("clients that come and go", () => {
  for (const way of OURS) {
    it(`leave no exchange behind (${way})`, async () => {
      let open = 0;
      let total = 0;
      await using server = await bridged(way, (request: IncomingMessage, response: ServerResponse) => {
        open++;
        total++;
        response.on("close", () => open--);
        if (request.url === "/slow") return;
        request.on("error", () => {}).on("data", () => response.write("echo"));
        request.on("end", () => response.end("end"));
      });
      const { next: random } = randomOf(7);

      await Promise.all(
        Array.from({ length: 60 }, async () => {
          const client = await RawClient.connect(server.port);
          const whole = `POST ${random() < 0.3 ? "/slow" : "/"} HTTP/1.1\r\nHost: a.example\r\nContent-Length: 400\r\n\r\n${"x".repeat(400)}`;
          await client.send(whole.slice(0, Math.floor(random() * (whole.length + 200))));
          await turn(Math.floor(random() * 30));
          if (random() < 0.3) client.pause();
          else if (random() < 0.5) client.halfClose();
          if (random() < 0.5) client.reset();
          else client.leave();
        }),
      );
      await until(5_000, "the end of every exchange", () => open === 0);

      assert.ok(total > 5);
    });
  }

  it("tell a listener that waits, when they leave between head and body", async () => {
    const closed = deferred();
    await using server = await bridged("fast", (request: IncomingMessage) => {
      request.on("close", closed.resolve).resume();
    });
    const client = await RawClient.connect(server.port);

    await client.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 9\r\n\r\n");
    await turn(20);
    client.reset();

    await within(3_000, "the close", closed.promise);
  });
});
