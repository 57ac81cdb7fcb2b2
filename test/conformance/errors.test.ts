// H29, H30, H45 to H49: what becomes of a handler that fails?

import assert from "node:assert/strict";
import { describe } from "node:test";
import type { App, Handler } from "../../src/index.ts";
import { clause } from "../support/clause.ts";
import { type EngineName, start } from "../support/engines.ts";
import { get, message } from "../support/octets.ts";
import { chunksOf } from "../support/streams.ts";
import { deferred, until, within } from "../support/waiting.ts";

const CANARY = "canary-5f2c";

/** Asks each handler in turn on one connection, and wants 500 and one report for each. */
async function assertAllFail(engine: EngineName, handlers: Readonly<Record<string, Handler>>): Promise<void> {
  await using server = await start(engine, (request, context) => {
    const name = decodeURIComponent(new URL(request.url).pathname.slice(1));
    return (handlers[name] as Handler)(request, context);
  });
  await using client = await server.connect();
  const others: string[] = [];

  for (const name of Object.keys(handlers)) {
    const reportsBefore = server.reports.length;
    await client.send(get(`/${encodeURIComponent(name)}`));
    const response = await client.response();
    if (response.status !== 500) others.push(`${name}: ${response.status}`);
    if (`${response.head}${response.text}`.includes(CANARY)) others.push(`${name}: leaks`);
    if (response.head.includes("x-injected")) others.push(`${name}: injected`);
    if (server.reports.length !== reportsBefore + 1)
      others.push(`${name}: ${server.reports.length - reportsBefore} reports`);
  }

  assert.deepEqual(others, []);
}

/** A Response that no constructor has looked at (T6). */
function unchecked(parts: object): Response {
  const plain = { status: 200, statusText: "", headers: new Headers(), body: null, bodyUsed: false, ok: true };
  return Object.assign(plain, parts) as unknown as Response;
}

function lines(...entries: [string, string][]): object {
  return { [Symbol.iterator]: () => entries[Symbol.iterator](), getSetCookie: () => [] };
}

describe("results that are no answer", () => {
  clause(
    "behaviour 18",
    "a bad result or a thrown value is 500, reported once, and nothing of it is told",
    (engine) => {
      const used = async (): Promise<Response> => {
        const response = new Response(CANARY);
        await response.text();
        return response;
      };
      return assertAllFail(engine, {
        undefined: (() => undefined) as unknown as Handler,
        null: (() => null) as unknown as Handler,
        string: (() => CANARY) as unknown as Handler,
        number: (() => 200) as unknown as Handler,
        object: (() => ({})) as unknown as Handler,
        "a promise of undefined": (async () => undefined) as unknown as Handler,
        "a network error": () => Response.error(),
        "a used body": used,
        "a locked body": () => {
          const response = new Response(chunksOf([CANARY]));
          response.body?.getReader();
          return response;
        },
        "throw Error": () => {
          throw new Error(CANARY, { cause: new Error(CANARY) });
        },
        "throw null": () => {
          throw null as unknown as Error;
        },
        "throw undefined": () => {
          throw undefined as unknown as Error;
        },
        "throw string": () => {
          throw CANARY as unknown as Error;
        },
        "reject Error": async () => {
          await Promise.resolve();
          throw new Error(CANARY);
        },
        "reject null": () => Promise.reject(null as unknown as Error),
      });
    },
  );

  clause("H29", "a status outside 200 to 599 is 500", (engine) =>
    assertAllFail(
      engine,
      Object.fromEntries(
        [0, 99, 100, 101, 199, 600, 1000, -1, 200.5, Number.NaN, "200"].map((status) => [
          `status ${status}`,
          () => unchecked({ status }),
        ]),
      ),
    ),
  );

  clause("H45/thrown-response", "a thrown Response is an error like any other", (engine) =>
    assertAllFail(engine, {
      thrown: () => {
        throw new Response(CANARY, { status: 401 });
      },
      rejected: () => Promise.reject(new Response(CANARY, { status: 302, headers: { location: `/${CANARY}` } })),
    }),
  );

  clause(
    "behaviour 17",
    "CR, LF and NUL in a name, a value or the reason are 500, and nothing is injected",
    (engine) => {
      const headers: Record<string, Handler> = {};
      for (const bad of ["a\r\nx-injected: 1", "a\nx-injected: 1", "a\rx-injected: 1", "a\0b"]) {
        headers[`value ${bad}`] = () => unchecked({ headers: lines(["x-a", bad]) });
        headers[`name ${bad}`] = () => unchecked({ headers: lines([bad, "1"]) });
        headers[`reason ${bad}`] = () => unchecked({ statusText: bad });
      }
      for (const bad of ["", "a b", "a:", "a(", "\u00e9"])
        headers[`name ${bad}`] = () => unchecked({ headers: lines([bad, "1"]) });
      headers["value beyond latin-1"] = () => unchecked({ headers: lines(["x-a", "\u20ac"]) });
      return assertAllFail(engine, headers);
    },
  );
});

describe("the error hook", () => {
  const app = (error: NonNullable<App["error"]>): App => ({
    fetch() {
      throw new Error("first");
    },
    error,
  });

  clause("H46/answers", "may answer for a failed handler", async (engine) => {
    const seen: unknown[] = [];
    await using server = await start(
      engine,
      app((error) => {
        seen.push((error as Error).message);
        return new Response("sorry", { status: 503 });
      }),
    );

    const response = await server.ask(get());

    assert.deepEqual([response.status, response.text, seen], [503, "sorry", ["first"]]);
  });

  clause("H46/fails", "is asked once; when it fails or gives nothing the answer is 500", async (engine) => {
    let calls = 0;
    const answers: NonNullable<App["error"]>[] = [
      () => undefined,
      async () => undefined,
      () => {
        throw new Error("second");
      },
      () => Promise.reject(new Error("second")),
      () => ({}) as Response,
    ];
    for (const answer of answers) {
      await using server = await start(
        engine,
        app((...given) => {
          calls++;
          return answer(...given);
        }),
      );
      assert.equal((await server.ask(get())).status, 500);
    }

    assert.equal(calls, answers.length);
  });

  clause("H46/late", "is not asked once the response has begun", async (engine) => {
    let calls = 0;
    await using server = await start(engine, {
      fetch: () => new Response(chunksOf(["a", "b"], { error: new Error("late") })),
      error: () => {
        calls++;
        return new Response("sorry");
      },
    });
    await using client = await server.connect();

    await client.send(get());
    await client.untilClose();

    assert.equal(calls, 0);
  });
});

describe("failures after the beginning", () => {
  clause("behaviour 5", "a stream that fails in the middle is cut, so that the client can tell", async (engine) => {
    await using server = await start(engine, (request) => {
      const body = chunksOf(["one", "two"], { error: new Error(CANARY) });
      return new Response(body, request.url.endsWith("/sized") ? { headers: { "content-length": "9" } } : {});
    });

    for (const path of ["/open", "/sized"]) {
      await using client = await server.connect();
      await client.send(get(path));
      const bytes = (await client.untilClose()).toString();

      assert.ok(!bytes.endsWith("0\r\n\r\n"), "a clean end");
      assert.ok(!bytes.includes(CANARY), "the error was told");
      assert.ok(!bytes.includes("500"), "something was appended");
    }
    await until(8_000, "one report each", () => server.reports.length >= 2);
    assert.equal(server.reports.length, 2);
  });

  clause(
    "H47/old",
    "HTTP/1.0, where the end of the connection is the end of the message, sees a reset",
    async (engine) => {
      await using server = await start(engine, () => new Response(chunksOf(["one"], { error: new Error("late") })));
      await using client = await server.connect();

      await client.send("GET / HTTP/1.0\r\nHost: a.example\r\n\r\n");
      await client.closed();

      const isRefused = client.receivedText.startsWith("HTTP/1.1 505 ");
      assert.ok(isRefused || client.ending === "reset", `ended with ${client.ending}`);
    },
  );

  clause("H48", "a stream that fails before its first chunk is answered 500", async (engine) => {
    const failing: Readonly<Record<string, () => ReadableStream>> = {
      "/at-once": () => new ReadableStream({ start: (controller) => controller.error(new Error(CANARY)) }),
      "/on-pull": () => new ReadableStream({ pull: () => Promise.reject(new Error(CANARY)) }, { highWaterMark: 0 }),
    };
    await using server = await start(engine, (_request, context) => new Response(failing[context.target]?.() ?? null));

    for (const path of Object.keys(failing)) {
      const response = await server.ask(get(path));

      assert.equal(response.status, 500, path);
      assert.ok(!response.text.includes(CANARY));
    }
    assert.equal(server.reports.length, 2);
  });
});

describe("failures beside the answer", () => {
  clause("H49/cancel", "a stream whose cancel fails harms nobody", async (engine) => {
    const cancelled = deferred();
    await using server = await start(engine, () => {
      const stream = new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(100_000)),
        cancel() {
          setImmediate(() => cancelled.resolve());
          throw new Error("cancel");
        },
      });
      return new Response(stream);
    });
    await using client = await server.connect();

    await client.send(get());
    await client.peek(100_000);
    client.leave();

    await within(8_000, "the cancellation", cancelled.promise);
  });

  clause("H49/listener", "an abort listener that throws is contained and reported", async (engine) => {
    const called = deferred();
    await using server = await start(engine, (request) => {
      request.signal.addEventListener("abort", () => {
        throw new Error("listener");
      });
      called.resolve();
      return new Promise<Response>(() => {});
    });
    await using client = await server.connect();

    await client.send(get());
    await within(8_000, "the handler", called.promise);
    client.leave();

    await until(8_000, "the report", () => server.reports.length === 1);
  });

  clause("H49/head", "a stream whose cancel fails is no problem for HEAD", async (engine) => {
    await using server = await start(engine, () => {
      const cancel = (): never => {
        throw new Error("cancel");
      };
      return new Response(new ReadableStream({ cancel }));
    });

    assert.equal((await server.ask(message("HEAD", "/"), { isHead: true })).status, 200);
  });

  clause("H49/wait-until", "work handed to waitUntil that fails is reported and nothing else", async (engine) => {
    await using server = await start(engine, (_request, context) => {
      context.waitUntil(Promise.reject(new Error("background")));
      return new Response("ok");
    });

    const response = await server.ask(get());
    await until(8_000, "the report", () => server.reports.length === 1);

    assert.equal(response.text, "ok");
    assert.equal((server.reports[0] as Error).message, "background");
  });
});
