// H31 to H38: what stands around a response, and where does it end?

import assert from "node:assert/strict";
import { describe } from "node:test";
import { clause } from "../support/clause.ts";
import { start } from "../support/engines.ts";
import { get, message } from "../support/octets.ts";
import { chunksOf, endless } from "../support/streams.ts";
import { until, within } from "../support/waiting.ts";

type Body = ConstructorParameters<typeof Response>[0];

const BODIES: Readonly<Record<string, () => Body>> = {
  text: () => "h\u00e9llo",
  bytes: () => new Uint8Array([1, 2, 3]),
  blob: () => new Blob(["blob"]),
  form: () => new URLSearchParams({ a: "b" }),
  empty: () => "",
  null: () => null,
};

describe("response fields", () => {
  clause("H31", "two cookies stay two lines, in order and unchanged", async (engine) => {
    const cookies = ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2; Path=/, c"];
    await using server = await start(engine, () => {
      const headers = new Headers();
      for (const cookie of cookies) headers.append("set-cookie", cookie);
      return new Response("ok", { headers });
    });

    assert.deepEqual((await server.ask(get())).all("set-cookie"), cookies);
  });

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

  clause("H32", "fields of the connection set by a handler are not forwarded", async (engine) => {
    await using server = await start(engine, () => {
      const headers = {
        "transfer-encoding": "gzip",
        "keep-alive": "timeout=99",
        "proxy-connection": "x",
        te: "x",
        trailer: "x",
        upgrade: "x",
        connection: "x-hop",
        "x-end": "1",
      };
      return new Response("ok", { headers });
    });

    const response = await server.ask(get());

    assert.equal(response.text, "ok");
    assert.equal(response.field("x-end"), "1");
    for (const name of ["transfer-encoding", "proxy-connection", "te", "trailer", "upgrade"]) {
      assert.equal(response.field(name), null, name);
    }
    assert.ok(!/99/.test(response.field("keep-alive") ?? ""));
    assert.ok(!/x-hop/.test(response.field("connection") ?? ""));
  });

  clause("H32/close", "a handler that says Connection: close ends the connection", async (engine) => {
    await using server = await start(engine, () => new Response("bye", { headers: { connection: "Close" } }));
    await using client = await server.connect();

    await client.send(get());
    const response = await client.response();
    await client.closed();

    assert.equal(response.field("connection")?.toLowerCase(), "close");
    assert.equal(response.text, "bye");
  });

  clause("H33", "there is one Date, and it is ours; no product is named", async (engine) => {
    await using server = await start(
      engine,
      () => new Response("ok", { headers: { date: "Thu, 01 Jan 1970 00:00:00 GMT" } }),
    );

    const response = await server.ask(get());

    const dates = response.all("date");
    assert.equal(dates.length, 1);
    assert.ok(Math.abs(Date.parse(dates[0] ?? "") - Date.now()) < 5_000, `the date is ${dates[0]}`);
    assert.deepEqual(
      ["server", "x-powered-by", "uwebsockets"].filter((name) => response.field(name) !== null),
      [],
    );
  });

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
  clause("H36", "the real size is sent, and wins over what the handler says", async (engine) => {
    await using server = await start(engine, (request) => {
      const [, name = "", lie = "0"] = new URL(request.url).pathname.split("/");
      const body = BODIES[name]?.() ?? null;
      return new Response(body, lie === "0" ? {} : { headers: { "content-length": lie } });
    });
    const sizes: Record<string, number> = { text: 6, bytes: 3, blob: 4, form: 3, empty: 0, null: 0 };
    await using client = await server.connect();

    for (const [name, size] of Object.entries(sizes)) {
      for (const lie of ["0", "1", "9"]) {
        await client.send(get(`/${name}/${lie}`));
        const response = await client.response();

        assert.equal(response.field("content-length"), String(size), name);
        assert.equal(response.body.length, size, name);
      }
    }
  });

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
  clause("H37", "a stream is chunked, and one with a length is not", async (engine) => {
    await using server = await start(
      engine,
      (request) =>
        new Response(
          chunksOf(["he", "llo"]),
          request.url.endsWith("/sized") ? { headers: { "content-length": "5" } } : {},
        ),
    );
    await using client = await server.connect();

    await client.send(get("/"));
    const open = await client.response();
    await client.send(get("/sized"));
    const sized = await client.response();

    assert.deepEqual([open.framing, open.text], ["chunked", "hello"]);
    assert.deepEqual([sized.framing, sized.text], ["length", "hello"]);
  });

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
      await until(1_000, "a report of each", () => server.reports.length >= 2);
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
    await within(2_000, "the cancellation", body.cancelled.promise);

    assert.equal(response.body.length, 2_500);
    assert.equal(server.reports.length, 1);
  });

  clause("H38/close", "a stream longer than its length ends the connection", async (engine) => {
    await using server = await start(engine, () => {
      return new Response(endless(1_000).stream, { headers: { "content-length": "2500" } });
    });
    await using client = await server.connect();

    await client.send(get());
    await client.response();

    await client.closed(1_000);
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
  clause("H34", "204, 205 and 304 are framed as their status demands", async (engine) => {
    await using server = await start(
      engine,
      (request) => new Response(null, { status: Number(request.url.slice(-3)) }),
    );
    await using client = await server.connect();
    const seen: unknown[] = [];

    for (const status of [204, 205, 304, 200, 404]) {
      await client.send(get(`/${status}`));
      const response = await client.response();
      seen.push([response.status, response.field("content-length"), response.field("transfer-encoding")]);
    }

    assert.deepEqual(seen, [
      [204, null, null],
      [205, "0", null],
      [304, null, null],
      [200, "0", null],
      [404, "0", null],
    ]);
  });

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

  clause("H35/known", "HEAD has the fields of GET and no body, and the connection stays in step", async (engine) => {
    await using server = await start(engine, (request) => {
      const body = BODIES[new URL(request.url).pathname.slice(1)]?.() ?? null;
      return new Response(body, { headers: { "x-method": "any" } });
    });
    await using client = await server.connect();

    // A null body is left out: a handler that knows HEAD answers with it, and does not mean a length of zero.
    for (const name of Object.keys(BODIES).filter((known) => known !== "null")) {
      await client.send(get(`/${name}`));
      const whole = await client.response();
      await client.send(message("HEAD", `/${name}`));
      const head = await client.response({ isHead: true });

      const withoutDate = (fields: typeof head.fields): typeof head.fields =>
        fields.filter((line) => line[0] !== "date");
      assert.deepEqual(withoutDate(head.fields), withoutDate(whole.fields));
    }
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
    await within(2_000, "the cancellation", body.cancelled.promise);

    assert.deepEqual(methods, ["HEAD"]);
    assert.equal(head.status, 200);
    assert.equal(head.field("content-length"), null);
    assert.ok(body.pulls <= 1, `${body.pulls} pulls`);
  });

  clause("H35/set", "HEAD of a stream has the length that the handler set", async (engine) => {
    await using server = await start(
      engine,
      () => new Response(endless().stream, { headers: { "content-length": "7" } }),
    );
    await using client = await server.connect();

    for (let round = 0; round < 2; round++) {
      await client.send(message("HEAD", "/"));
      const head = await client.response({ isHead: true });

      assert.equal(head.field("content-length"), "7");
    }
  });
});
