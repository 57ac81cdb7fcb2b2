// A socket that is closed while its parser is at work leaves the parser in freed memory. Does any reply do that?
// The engine closes by itself after a request whose Connection field has five octets, whatever they say.

import { describe } from "node:test";
import type { ChildServer } from "../support/child-server.ts";
import { hazard } from "../support/hazard.ts";
import type { RawClient } from "../support/raw-client.ts";
import { random } from "../support/random.ts";

const CONNECTIONS = 12;

const OPTIONS = ["close", "Close", "abcde", "close, x"] as const;

/** The end of a head, and the body that goes with it. */
const ENDINGS = {
  chunked: "\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
  length: "\r\nContent-Length: 5\r\n\r\nhello",
  none: "\r\n\r\n",
} as const;

async function strike(server: ChildServer, path: string, rounds: number): Promise<void> {
  const { pick } = random(3);
  for (const ending of Object.values(ENDINGS)) {
    for (let round = 0; round < rounds; round++) {
      const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => server.connect()));
      const method = ending === ENDINGS.none ? "GET" : "POST";
      for (const client of clients) {
        const padding = "p".repeat(pick([50, 100, 200, 300, 400, 600]));
        await client.send(
          `${method} ${path} HTTP/1.1\r\nHost: a.example\r\nConnection: ${pick(OPTIONS)}\r\nX-Padding: ${padding}`,
        );
      }
      await server.barrier();
      await Promise.all(
        clients.map((client) => client.send(`${ending}${"\xff\x01G".repeat(pick([20, 60, 100, 200]))}`)),
      );
      await Promise.all(clients.map(leave));
      await server.assertServes();
    }
  }
}

async function leave(client: RawClient): Promise<void> {
  await client.response();
  client.leave();
}

describe("What follows a request in the memory of the parser", () => {
  hazard("does no harm when a large reply follows the whole body", (server) => strike(server, "/read", 60));

  hazard("does no harm when the reply does not wait for the body", (server) => strike(server, "/ignore", 12));

  hazard("does no harm when the handler throws", (server) => strike(server, "/throw", 12));

  hazard("does no harm when the handler throws at the end of the body", (server) =>
    strike(server, "/read-and-throw", 12),
  );

  hazard("does no harm when the reply is a stream", (server) => strike(server, "/stream", 12));

  hazard("does no harm when a stream follows the whole body", (server) => strike(server, "/read-and-stream", 12));

  hazard("does no harm when the reply asks to close", (server) => strike(server, "/read-and-close", 12));
});
