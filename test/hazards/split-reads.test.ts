// Where one read of the socket ends and the next begins is chance. Does it change anything?

import assert from "node:assert/strict";
import { describe } from "node:test";
import type { ChildServer } from "../support/child-server.ts";
import { hazard } from "../support/hazard.ts";
import { chunked, get, message, post } from "../support/octets.ts";
import type { RawClient } from "../support/raw-client.ts";
import type { RawResponse } from "../support/raw-response.ts";

/** Everything of an answer that may not change. */
function essence(response: RawResponse): string {
  return `${response.head.replace(/^date: .*$/im, "date")}\n\n${response.text}`;
}

async function answers(client: RawClient, count: number): Promise<string[]> {
  const found: string[] = [];
  for (let i = 0; i < count; i++) found.push(essence(await client.response({ withinMs: 20_000 })));
  client.leave();
  return found;
}

/** Sends `octets` in two reads, cut at every place there is, and in as many reads as there are octets. */
async function splitEverywhere(server: ChildServer, octets: string, expected: readonly RegExp[]): Promise<void> {
  await using whole = await server.connect();
  await whole.send(octets);
  const reference = await answers(whole, expected.length);
  expected.forEach((pattern, i) => assert.match(reference[i]!, pattern));

  const cuts = Array.from({ length: octets.length - 1 }, (_, i) => i + 1);
  const clients = await Promise.all(cuts.map(() => server.connect()));
  await Promise.all(clients.map((client, i) => client.send(octets.slice(0, cuts[i]))));
  await server.barrier();
  await Promise.all(clients.map((client, i) => client.send(octets.slice(cuts[i]))));
  const found = await Promise.all(clients.map((client) => answers(client, expected.length)));
  found.forEach((texts, i) => assert.deepEqual(texts, reference, `cut at ${JSON.stringify(octets.slice(0, cuts[i]))}`));

  await using drip = await server.connect();
  for (const octet of octets) {
    await drip.send(octet);
    await server.barrier();
  }
  assert.deepEqual(await answers(drip, expected.length), reference);
}

const OK = /^HTTP\/1.1 200 OK/;

describe("A request that arrives in two reads", () => {
  hazard("is answered like one that arrives in one: GET", (server) =>
    splitEverywhere(server, get("/small?x=1", ["Accept: */*"]), [OK]),
  );

  hazard("is answered like one that arrives in one: POST with Content-Length", (server) =>
    splitEverywhere(server, post("/text", "hello"), [/got hello$/]),
  );

  hazard("is answered like one that arrives in one: POST with an empty body", (server) =>
    splitEverywhere(server, post("/text", ""), [/got $/]),
  );

  hazard("is answered like one that arrives in one: POST without a length", (server) =>
    splitEverywhere(server, message("POST", "/text"), [/got $/]),
  );

  hazard("is answered like one that arrives in one: chunked POST", (server) =>
    splitEverywhere(server, message("POST", "/text", ["Transfer-Encoding: chunked"], chunked("hello", "abc")), [
      /got helloabc$/,
    ]),
  );

  hazard("is answered like one that arrives in one: POST and a request behind it", (server) =>
    splitEverywhere(server, post("/text", "hello") + get("/small"), [/got hello$/, /small$/]),
  );

  hazard("is answered like one that arrives in one: requests that the server refuses", (server) =>
    splitEverywhere(server, message("POST", "/text", ["Content-Length: 5, 5"], "hello"), [/^HTTP\/1.1 400/]),
  );
});
