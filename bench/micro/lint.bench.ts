// What does the linter add to a request, by what the handler answers and by what is watched?

import type { Context, Handler } from "../../src/contract.ts";
import { lint, type LintOptions } from "../../src/lint.ts";
import type { MicroSuite } from "./suite.ts";

const URL_ASKED = "http://www.example.com/articles/42?draft=1";
const CHUNK = new TextEncoder().encode("chunk");
const quiet: LintOptions = { mode: "report", onViolation() {} };

const empty: Handler = () => new Response(null);
const text: Handler = () => new Response("Hello, World!");
const stream: Handler = () =>
  new Response(
    new ReadableStream({
      pull(controller) {
        controller.enqueue(CHUNK);
        controller.close();
      },
    }),
  );

/** A fresh exchange for each call, as a host makes it; its cost is in every case. */
function call(handler: Handler): () => unknown {
  return () => {
    const request = new Request(URL_ASKED);
    const context: Context = {
      contract: 1,
      supports: new Set(),
      request,
      remote: null,
      peer: null,
      local: null,
      httpVersion: "1.1",
      tls: null,
      target: "/articles/42?draft=1",
      signal: request.signal,
      completed: Promise.resolve(),
      waitUntil() {},
      state: {},
      app: {},
      passThrough: () => new Response(null, { status: 404 }),
    };
    return handler(request, context);
  };
}

export const lintSuite: MicroSuite = {
  title: "the linter around a handler, with a Request of the platform's made for each call",
  cases: {
    "no body, bare": call(empty),
    "no body, linted": call(lint(empty, quiet)),
    "text, bare": call(text),
    "text, linted": call(lint(text, quiet)),
    "text, linted for the host's side alone": call(lint(text, { ...quiet, side: "host" })),
    "stream, bare": call(stream),
    "stream, linted": call(lint(stream, quiet)),
    "text, linted twice": call(lint(lint(text, quiet), quiet)),
  },
};
