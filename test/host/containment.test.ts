// H28, H49: nothing that an app does beside its answer can end the process, not with the strictest of Node's settings.

import assert from "node:assert/strict";
import { describe } from "node:test";
import { clause } from "../support/clause.ts";
import { get } from "../support/octets.ts";
import type { EngineName } from "../support/engines.ts";
import { Child } from "./child.ts";

/** Everything that can fail beside the answer, by path; `mark` says on stdout that it did. */
const APP = `
  const mark = (context) => console.log("failed " + context.target);
  const later = () => new Promise((resolve) => setTimeout(resolve, 5));
  const flood = (cancel) => new Response(new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(50000)),
    cancel,
  }));
  const onAbort = (context, listener) => {
    context.signal.addEventListener("abort", listener);
    return flood(() => {});
  };
  const paths = {
    "/work": (context) => {
      context.waitUntil(Promise.reject(new Error("work at once")));
      context.waitUntil(later().then(() => { mark(context); throw new Error("work later"); }));
      context.waitUntil({ then() { throw new Error("work that is no promise"); } });
      return new Response("ok");
    },
    "/throw": (context) => { mark(context); throw new Error("thrown"); },
    "/reject": async (context) => { await later(); mark(context); throw new Error("rejected"); },
    "/bad": (context) => { mark(context); return 1; },
    "/length": (context) => { mark(context); return new Response("ok", { headers: { "content-length": "9" } }); },
    "/leave/cancel-throws": (context) => flood(() => { mark(context); throw new Error("cancel"); }),
    "/leave/cancel-rejects": (context) => flood(async () => { mark(context); throw new Error("cancel"); }),
    "/leave/listener": (context) => onAbort(context, () => { mark(context); throw new Error("listener"); }),
    "/leave/async-listener": (context) =>
      onAbort(context, async () => { await later(); mark(context); throw new Error("async listener"); }),
    "/leave/onabort": (context) => {
      context.signal.onabort = () => { mark(context); throw new Error("onabort"); };
      return flood(() => {});
    },
    "/leave/object": (context) =>
      onAbort(context, { handleEvent() { mark(context); throw new Error("object"); } }),
    "/leave/completed": (context) => {
      void context.completed;
      void context.completed.finally(() => mark(context)).catch(() => {});
      return flood(() => {});
    },
    "/leave/read": (context) => {
      void context.request.text().catch(() => {});
      return onAbort(context, () => mark(context));
    },
    "/cut": (context) => new Response(new ReadableStream({
      async pull(controller) {
        controller.enqueue(new Uint8Array(10));
        await later();
        mark(context);
        throw new Error("the source broke");
      },
    })),
  };
  const app = {
    fetch: (_request, context) => paths[context.target]?.(context) ?? new Response("fine"),
    stop() { console.log("stopped"); throw new Error("stop failed"); },
  };
`;

const PATHS = [...APP.matchAll(/"(\/[a-z/-]+)": /g)].map(([, path]) => path as string);

/** Makes everything fail once, and then wants the process to serve and to end well. */
async function assertSurvives(engine: EngineName, code: string): Promise<string> {
  await using child = await Child.start(engine, `${APP}\n${code}`);

  for (const path of PATHS) {
    await using client = await child.connect();
    await client.send(get(path));
    if (path.startsWith("/leave")) {
      await client.peek(100_000);
      client.leave();
    } else if (path === "/cut") await client.untilClose();
    else await client.response();
    await child.printed(`failed ${path}`);
  }
  await using client = await child.connect();
  await client.send(get("/fine"));
  assert.equal((await client.response()).text, "fine");

  child.kill("SIGTERM");
  const { code: exit, signal, stdout, stderr } = await child.ended();
  assert.deepEqual([exit, signal], [0, null], stderr);
  assert.equal(stdout.split("stopped").length, 2);
  return stderr;
}

const REPORTED = ["work at once", "work later", "work that is no promise", "thrown", "rejected", "stop failed"];

describe("under --unhandled-rejections=strict", () => {
  clause("H49/strict", "no failure beside the answer ends the process, and each is reported", async (engine) => {
    const stderr = await assertSurvives(engine, "listening(await serve(app, options));");

    for (const text of [...REPORTED, "listener", "async listener", "object", "the source broke"]) {
      assert.ok(stderr.includes(`Error: ${text}`), `${text} is not in ${stderr}`);
    }
  });

  clause("H49/logger", "a logger that throws ends nothing, and what it was told goes to stderr", async (engine) => {
    const stderr = await assertSurvives(
      engine,
      `const fail = () => { throw new Error("the disk is full"); };
       const logger = { info: fail, warn: fail, error: fail, child: fail };
       listening(await serve(app, { ...options, logger }));`,
    );

    for (const text of [...REPORTED, "the disk is full"]) assert.ok(stderr.includes(`Error: ${text}`), text);
  });

  clause("H49/async-logger", "neither does one that rejects", async (engine) => {
    const stderr = await assertSurvives(
      engine,
      `const fail = async () => { throw new Error("the disk is full"); };
       const logger = { info: fail, warn: fail, error: fail, child: fail };
       listening(await serve(app, { ...options, logger }));`,
    );

    for (const text of [...REPORTED, "the disk is full"]) assert.ok(stderr.includes(`Error: ${text}`), text);
  });

  clause("H49/hook", "neither does an error hook that fails in every way", async (engine) => {
    await assertSurvives(
      engine,
      `const failures = [
         () => { throw new Error("hook"); },
         async () => { throw new Error("hook"); },
         () => ({ then() { throw new Error("hook"); } }),
         () => 1,
         () => { throw null; },
         () => new Response(new ReadableStream({ start(controller) { controller.error(new Error("hook")); } })),
       ];
       let calls = 0;
       app.error = () => failures[calls++ % failures.length]();
       listening(await serve(app, options));`,
    );
  });

  clause("H28/strict", "a rejected `completed` that nobody looks at is no unhandled rejection", async (engine) => {
    await using child = await Child.start(
      engine,
      `const contexts = [];
       listening(await serve((request, context) => {
         if (context.target === "/fine") return new Response(String(contexts.length));
         contexts.push(context);
         void context.completed;
         context.signal.addEventListener("abort", () => setImmediate(() => {
           void context.completed;
           console.log("left " + contexts.length);
         }));
         return new Response(new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(50000)) }));
       }, options));`,
    );

    for (let i = 1; i <= 3; i++) {
      await using client = await child.connect();
      await client.send(get());
      await client.peek(50_000);
      client.leave();
      await child.printed(`left ${i}`);
    }
    await using client = await child.connect();
    await client.send(get("/fine"));

    assert.equal((await client.response()).text, "3");
  });
});
