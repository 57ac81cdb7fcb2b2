// H1, H2, H24: no octet of an ambiguous message may ever be taken for a request.

import assert from "node:assert/strict";
import { describe } from "node:test";
import { clause } from "../support/clause.ts";
import { type EngineName, start, type Started } from "../support/engines.ts";
import { chunked, get, message } from "../support/octets.ts";
import { until } from "../support/waiting.ts";

const SMUGGLED = get("/smuggled");

const AMBIGUOUS: Readonly<Record<string, readonly string[]>> = {
  "two different lengths": ["Content-Length: 5", "Content-Length: 6"],
  "two different lengths, far apart": ["Content-Length: 5", "X-A: 1", "X-B: 2", "Content-Length: 0"],
  "a list of lengths": ["Content-Length: 5, 5"],
  "a plus sign": ["Content-Length: +5"],
  "a minus sign": ["Content-Length: -5"],
  "an empty length": ["Content-Length:"],
  "a hexadecimal length": ["Content-Length: 0x5"],
  "a length with a space": ["Content-Length: 1 5"],
  "a length with a fraction": ["Content-Length: 5.0"],
  "a length with a letter": ["Content-Length: 5a"],
  "length and chunked": ["Content-Length: 5", "Transfer-Encoding: chunked"],
  "chunked and length": ["Transfer-Encoding: chunked", "Content-Length: 5"],
  "length zero and chunked": ["Content-Length: 0", "Transfer-Encoding: chunked"],
  "a coding before chunked": ["Transfer-Encoding: gzip, chunked"],
  "a coding after chunked": ["Transfer-Encoding: chunked, gzip"],
  "an unknown coding": ["Transfer-Encoding: xchunked"],
  "another coding": ["Transfer-Encoding: gzip"],
  identity: ["Transfer-Encoding: identity"],
  "chunked twice": ["Transfer-Encoding: chunked, chunked"],
  "chunked in two lines": ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
  "a coding in another line": ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
  "chunked with a parameter": ["Transfer-Encoding: chunked;q=1"],
  "chunked in quotes": ['Transfer-Encoding: "chunked"'],
  "chunked with a vertical tab": ["Transfer-Encoding: \x0bchunked"],
  "an empty coding": ["Transfer-Encoding:"],
  "a leading comma": ["Transfer-Encoding: , chunked"],
};

/** Octets that are no white space, at the ends of a value. */
const PADDED: Readonly<Record<string, readonly string[]>> = {
  "a no-break space before a length": ["Content-Length: \xa05"],
  "a no-break space after a length": ["Content-Length: 5\xa0"],
  "a next-line octet before a length": ["Content-Length: \x855"],
  "a no-break space before a coding": ["Transfer-Encoding: \xa0chunked"],
};

/** Heads whose lines do not end, or do not begin, where a second reader would say they do. */
const MALFORMED: Readonly<Record<string, readonly string[]>> = {
  "a folded coding": ["Transfer-Encoding:", " chunked"],
  "a folded line": ["X-A: 1", " Content-Length: 5"],
  "a space before the colon": ["Transfer-Encoding : chunked"],
  "a space before the colon of a length": ["Content-Length : 5"],
  "a space in a name": ["Content Length: 5"],
  "a line without a colon": ["Content-Length"],
  "an octet NUL in a value": ["X-A: a\0b"],
  "an octet NUL in a name": ["X\0A: b"],
  "a control in a name": ["X\x01A: b"],
};

async function assertRefused(engine: EngineName, corpus: Readonly<Record<string, readonly string[]>>): Promise<void> {
  await using server = await start(engine, () => new Response("reached"));
  const failures: string[] = [];

  for (const [name, lines] of Object.entries(corpus)) {
    const octets = message("POST", "/first", lines, `0\r\n\r\n${SMUGGLED}`);
    const problem = await refusal(server, octets);
    if (problem !== null) failures.push(`${name}: ${problem}`);
  }

  assert.deepEqual(failures, []);
}

/** `null` when the server answers 400 or 501 or nothing, closes, and calls nobody. */
async function refusal(server: Started, octets: string): Promise<string | null> {
  const before = server.targets.length;
  await using client = await server.connect();
  await client.send(octets);
  const response = await client.responseOrClose(1_500);
  if (response === "neither") return "neither an answer nor the end";
  if (server.targets.length > before) return `handler called for ${server.targets.slice(before).join(" ")}`;
  if (response !== null && ![400, 501].includes(response.status)) return `answered ${response.status}`;
  const rest = response === null ? "" : (await client.untilClose()).toString("latin1");
  if (server.targets.length > before) return `handler called for ${server.targets.slice(before).join(" ")} later`;
  return rest === "" ? null : `a second answer: ${JSON.stringify(rest.slice(0, 60))}`;
}

describe("message framing", () => {
  clause("H1/ambiguous", "ambiguous lengths reach no handler and end the connection", (engine) =>
    assertRefused(engine, AMBIGUOUS),
  );

  clause("H1/malformed", "lines that two readers would split differently reach no handler", (engine) =>
    assertRefused(engine, MALFORMED),
  );

  clause("H1/padded", "octets that only some readers trim are not trimmed from a length", (engine) =>
    assertRefused(engine, PADDED),
  );

  clause("H1/bare-cr", "a CR inside a value is refused at once", (engine) =>
    assertRefused(engine, { "an octet CR in a value": ["X-A: a\rContent-Length: 5"] }),
  );

  clause(
    "H1/equal-lengths",
    "equal Content-Length lines are one length or an error, never two messages",
    async (engine) => {
      await using server = await start(engine, async (request) => new Response(await request.text()));
      await using client = await server.connect();

      await client.send(message("POST", "/", ["Content-Length: 5", "Content-Length: 5"], "hello"));
      const response = await client.response();

      if (response.status === 400) await client.closed();
      else assert.equal(response.text, "hello");
    },
  );

  clause("H1/huge", "a length beyond exact numbers is refused", async (engine) => {
    await using server = await start(engine, () => new Response("reached"));
    await using client = await server.connect();

    await client.send(message("POST", "/", ["Content-Length: 18446744073709551621"], "hello"));
    const response = await client.responseOrClose();

    assert.ok(response === null || [400, 413].includes(response.status), `answered ${response?.status}`);
    await client.closed();
    assert.deepEqual(server.targets, []);
  });

  clause("H2/later", "what arrives after a framing error is not a request", async (engine) => {
    await using server = await start(engine, () => new Response("reached"));
    await using client = await server.connect();

    await client.send(message("POST", "/first", ["Content-Length: 1", "Content-Length: 2"]));
    await client.responseOrClose();
    await client.send(SMUGGLED);
    await client.closed();

    assert.deepEqual(server.targets, []);
  });

  clause("H2/pieces", "a framing error is found wherever the segments are cut", async (engine) => {
    await using server = await start(engine, () => new Response("reached"));
    const octets = message("POST", "/first", ["Content-Length: 5", "Content-Length: 6"], `hello${SMUGGLED}`);

    for (let cut = 1; cut < octets.length; cut += 7) {
      await using client = await server.connect();
      await client.sendPieces([octets.slice(0, cut), octets.slice(cut)]);
      await client.closed();
    }

    assert.deepEqual(server.targets, []);
  });

  clause("H2/nameless", "a line with an empty name hides no length", async (engine) => {
    await using server = await start(engine, () => new Response("reached"));
    await using client = await server.connect();

    await client.send(message("POST", "/first", [": x", `Content-Length: ${SMUGGLED.length}`], SMUGGLED));
    await client.closed();

    assert.ok(!server.targets.includes("/smuggled"), "the body was run as a request");
  });

  clause("H2/nameless-bodyless", "a line with an empty name hides no length of a GET either", async (engine) => {
    await using server = await start(engine, () => new Response("reached"));
    await using client = await server.connect();

    await client.send(message("GET", "/first", [": x", `Content-Length: ${SMUGGLED.length}`], SMUGGLED));
    await client.responseOrClose();
    await client.responseOrClose(1_000);

    assert.ok(!server.targets.includes("/smuggled"), "the body was run as a request");
  });

  clause("H2/proxy-preamble", "a PROXY v2 preamble from a client is not skipped", async (engine) => {
    await using server = await start(engine, () => new Response("reached"));
    await using client = await server.connect();
    const preamble = "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\x01\x02\x03\x04\x05\x06\x07\x08\x00\x50\x00\x50";

    await client.send(preamble + get("/behind"));
    await client.responseOrClose(1_000);

    assert.deepEqual(server.targets, [], "what follows the preamble was run");
  });
});

describe("chunked bodies", () => {
  const upload = (body: string): string => message("POST", "/upload", ["Transfer-Encoding: chunked"], body);

  const badChunks: readonly string[] = [
    ...["-1", "+1", "0x1", "G", "1_0", "FFFFFFFFFFFFFFFFF", "\x0b1", "", "1 1"].map(
      (size) => `${size}\r\nX\r\n0\r\n\r\n`,
    ),
    "1\r\nXY\r\n0\r\n\r\n",
    "2\r\nX\r\n0\r\n\r\n",
    "1\r\nX0\r\n\r\n",
  ];

  clause("H2/chunks", "what follows a malformed chunk is no request", async (engine) => {
    await using server = await start(engine, async (request) => new Response(await request.text()));

    for (const body of badChunks) {
      await using client = await server.connect();
      await client.send(upload(body) + SMUGGLED);
      await client.closed();
    }

    assert.ok(!server.targets.includes("/smuggled"), "the rest was run as a request");
  });

  clause("H20/chunks", "a chunk with a wrong size or end makes the read reject", async (engine) => {
    const outcomes: string[] = [];
    await using server = await start(engine, async (request) => {
      outcomes.push(
        await request.text().then(
          (text) => `read ${JSON.stringify(text)}`,
          () => "rejected",
        ),
      );
      return new Response("done");
    });

    for (const body of badChunks) {
      await using client = await server.connect();
      await client.send(upload(body) + SMUGGLED);
      await client.closed();
    }

    await until(2_000, "every read settles", () => outcomes.length === badChunks.length);
    assert.deepEqual(
      outcomes.filter((outcome) => outcome !== "rejected"),
      [],
    );
  });

  clause("H24/legal", "a trailer section belongs to its message and never becomes a header", async (engine) => {
    const seen: Array<string | null> = [];
    await using server = await start(engine, async (request) => {
      const text = await request.text();
      seen.push(request.headers.get("x-trailer"));
      return new Response(text);
    });
    await using client = await server.connect();

    await client.send(upload("5\r\nhello\r\n0\r\nX-Trailer: 1\r\nHost: b.example\r\n\r\n"));
    const response = await client.response();

    assert.equal(response.status, 200);
    assert.equal(response.text, "hello");
    assert.deepEqual(seen, [null]);
  });

  clause(
    "H24/follow-up",
    "after a trailer section the next request is in step, or the connection is closed",
    async (engine) => {
      await using server = await start(engine, async (request) => new Response(await request.text()));
      await using client = await server.connect();

      await client.send(upload("5\r\nhello\r\n0\r\nX-Trailer: 1\r\n\r\n"));
      await client.responseOrClose();
      await client.send(get("/next"));
      const second = await client.responseOrClose();

      assert.ok(second === null || second.status === 200, `the next request is answered ${second?.status}`);
      assert.ok(server.targets.every((target) => target === "/upload" || target === "/next"));
    },
  );

  clause("H24/smuggled", "octets in the place of the last CRLF are not the start of a request", async (engine) => {
    await using server = await start(engine, async (request) => new Response(await request.text()));

    for (const filler of ["XX", "\r\r", "\n\n", "", "X"]) {
      await using client = await server.connect();
      await client.send(upload(`5\r\nhello\r\n0\r\n${filler}${SMUGGLED}`));
      await client.responseOrClose();
      await client.send(SMUGGLED);
      client.halfClose();
      await client.closed();
    }

    assert.ok(!server.targets.includes("/smuggled"), "the trailer section was run as a request");
  });

  clause("H24/extensions", "chunk extensions are read past", async (engine) => {
    await using server = await start(engine, async (request) => new Response(await request.text()));

    await using client = await server.connect();
    await client.send(upload('5;a=b;c="d"\r\nhello\r\n0;e\r\n\r\n'));

    assert.equal((await client.response({ withinMs: 1_500 })).text, "hello");
  });

  clause("behaviour 9", "a chunked upload arrives whole with every method, and an empty one as ''", async (engine) => {
    await using server = await start(
      engine,
      async (request) => new Response(`${request.method} ${await request.text()}`),
    );

    for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      const full = await server.ask(message(method, "/", ["Transfer-Encoding: Chunked"], chunked("he", "llo")));
      const empty = await server.ask(message(method, "/", ["Transfer-Encoding: chunked"], chunked()));

      assert.equal(full.text, `${method} hello`);
      assert.equal(empty.text, `${method} `);
    }
  });
});
