// How do the loads look as fetch handlers? One text for every server that takes `(request) => Response`.

import { article, CHUNK, CHUNK_COUNT, TEXT } from "./content.js";

/**
 * The handlers by name of load. They say `Response` like user code does: the global is looked up at each request, so a
 * server that installs its own when it starts is measured with that one.
 */
export const handlers = {
  hello: () => new Response(TEXT),
  "hello-async": async () => {
    await Promise.resolve();
    return new Response(TEXT);
  },
  headers: (request) => new Response(requestSummary(request)),
  json: () => Response.json(article()),
  echo: async (request) => new Response(await request.text()),
  stream: () => new Response(startedStream()),
  "stream-pull": () => new Response(pulledStream()),
};

/** The same handlers for a server whose documentation tells its users to import a faster Response. */
export function handlersWith(FastResponse) {
  return {
    hello: () => new FastResponse(TEXT),
    "hello-async": async () => {
      await Promise.resolve();
      return new FastResponse(TEXT);
    },
    headers: (request) => new FastResponse(requestSummary(request)),
    json: () => FastResponse.json(article()),
    echo: async (request) => new FastResponse(await request.text()),
    stream: () => new FastResponse(startedStream()),
    "stream-pull": () => new FastResponse(pulledStream()),
  };
}

function requestSummary({ method, url, headers }) {
  return `${method} ${url} ${headers.get("user-agent")} ${headers.get("accept-language")} ${headers.get("x-request-id")}`;
}

function startedStream() {
  return new ReadableStream({
    start(controller) {
      for (let i = 0; i < CHUNK_COUNT; i++) controller.enqueue(CHUNK);
      controller.close();
    },
  });
}

function pulledStream() {
  let sent = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(CHUNK);
      if (++sent === CHUNK_COUNT) controller.close();
    },
  });
}
