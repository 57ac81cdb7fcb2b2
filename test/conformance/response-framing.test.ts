// H31 to H38 as far as they are seen in the process, and the named behaviours. The rest is the kit's: hosts.test.ts.

import assert from "node:assert/strict";
import { describe } from "node:test";
import { clause } from "../support/clause.ts";
import { start } from "../support/engines.ts";
import { get, message } from "../support/octets.ts";
import { chunksOf, endless } from "../support/streams.ts";
import { until, within } from "../support/waiting.ts";

describe("response fields", () => {
  clause(
    "behaviour 16",
    "two cookies stay two lines through a middleware that rebuilds the response",
    async (engine) => {
      await using server = await start(engine, () => {
        const inner = new Response("ok", {
          headers: [
            ["set-cookie", "a=1"],
            ["set-cookie", "b=2"],
          ],
        });
        const outer = new Response(inner.body, inner);
        outer.headers.append("set-cookie", "c=3");
        return outer;
      });

      assert.deepEqual((await server.ask(get())).all("set-cookie"), ["a=1", "b=2", "c=3"]);
    },
  );

  clause("behaviour 12", "a response has one length or one coding, whatever the handler sets", async (engine) => {
    await using server = await start(engine, (request) => {
      const headers = new Headers({ "content-length": "5", "transfer-encoding": "chunked", date: "x" });
      const isStream = request.url.endsWith("/stream");
      return new Response(isStream ? chunksOf(["he", "llo"]) : "hello", { headers });
    });

    for (const path of ["/text", "/stream"]) {
      const response = await server.ask(get(path));

      assert.equal(response.framing, "length");
      assert.equal(response.text, "hello");
      assert.equal(response.all("date").length, 1);
    }
  });
});

describe("bodies of known size", () => {
  clause("H36/large", "a megabyte is sent whole, as text and as bytes", async (engine) => {
    const text = "0123456789abcdef".repeat(65_536);
    await using server = await start(engine, (request) =>
      request.url.endsWith("/text") ? new Response(text) : new Response(Buffer.from(text)),
    );
    await using client = await server.connect();

    for (const path of ["/text", "/bytes"]) {
      await client.send(get(path));
      const response = await client.response();

      assert.equal(response.field("content-length"), String(text.length));
      assert.ok(response.text === text, "the bytes differ");
    }
  });
});

describe("streams", () => {
  clause(
    "behaviour 13",
    "a stream shorter than its length ends the connection, a longer one is cut",
    async (engine) => {
      await using server = await start(engine, (request) => {
        const chunks = request.url.endsWith("/short") ? ["abc"] : ["abc", "def", "ghi"];
        return new Response(chunksOf(chunks), { headers: { "content-length": "5" } });
      });
      await using short = await server.connect();
      await using long = await server.connect();

      await short.send(get("/short"));
      const shortBytes = (await short.untilClose()).toString();
      await long.send(get("/long"));
      const longResponse = await long.response();

      assert.ok(!/\r\n\r\n.{5}/s.test(shortBytes), `five bytes came: ${shortBytes}`);
      assert.equal(longResponse.text, "abcde");
      await until(8_000, "a report of each", () => server.reports.length >= 2);
    },
  );

  clause("H38/cut", "a stream longer than its length is cancelled and reported", async (engine) => {
    const body = endless(1_000);
    await using server = await start(
      engine,
      () => new Response(body.stream, { headers: { "content-length": "2500" } }),
    );
    await using client = await server.connect();

    await client.send(get());
    const response = await client.response();
    await within(8_000, "the cancellation", body.cancelled.promise);

    assert.equal(response.body.length, 2_500);
    assert.equal(server.reports.length, 1);
  });

  clause("H38/exact", "a stream that keeps its end to itself does not hold up the connection", async (engine) => {
    const encoder = new TextEncoder();
    await using server = await start(engine, () => {
      const stream = new ReadableStream({ start: (controller) => controller.enqueue(encoder.encode("hello")) });
      return new Response(stream, { headers: { "content-length": "5" } });
    });
    await using client = await server.connect();

    for (let round = 0; round < 2; round++) {
      await client.send(get());
      assert.equal((await client.response()).text, "hello");
    }
  });
});

describe("responses without a body", () => {
  clause("behaviour 15", "204 loses a length set by the handler, 304 may keep that of the GET", async (engine) => {
    await using server = await start(engine, (request) => {
      return new Response(null, {
        status: Number(request.url.slice(-3)),
        headers: { "content-length": "5", etag: '"a"' },
      });
    });
    await using client = await server.connect();

    await client.send(get("/204"));
    const noContent = await client.response();
    await client.send(get("/304"));
    const notModified = await client.response();
    await client.send(get("/204"));

    assert.equal(noContent.field("content-length"), null);
    assert.ok([null, "5"].includes(notModified.field("content-length")));
    assert.equal(notModified.field("etag"), '"a"');
    assert.equal((await client.response()).status, 204);
  });

  clause("behaviour 14", "HEAD cancels a stream unread, with the method the client sent", async (engine) => {
    const body = endless();
    const methods: string[] = [];
    await using server = await start(engine, (request) => {
      methods.push(request.method);
      return new Response(body.stream, request.url.endsWith("/sized") ? { headers: { "content-length": "7" } } : {});
    });
    await using client = await server.connect();

    await client.send(message("HEAD", "/open"));
    const head = await client.response({ isHead: true });
    await within(8_000, "the cancellation", body.cancelled.promise);

    assert.deepEqual(methods, ["HEAD"]);
    assert.equal(head.status, 200);
    assert.equal(head.field("content-length"), null);
    assert.ok(body.pulls <= 1, `${body.pulls} pulls`);
  });
});
