// What does a Next app cost? Compared with the same build on `next start`.

import { bareGet, type ExpectedReply, fixedReply, type Load, type LoadRequest } from "../load.ts";
import { nextScripts, renderedPage } from "../next-app.ts";

/** Next is so much code that a page costs three times as much in the first second as after five thousand requests. */
const WARM_UPS = 8;

export const nextStaticPage: Load = {
  name: "next-static-page",
  group: "next",
  warmUps: WARM_UPS,
  about: "a page that `next build` has rendered",
  atMost: 0.9,
  request: bareGet("/"),
  otherRequest: bareGet("/other"),
  expect: ({ target }) => fixedReply("text/html", renderedPage(target === "/" ? "index" : "other")),
};

export const nextRouteHandler: Load = {
  name: "next-route-handler",
  group: "next",
  warmUps: WARM_UPS,
  about: "a route handler that reads the query and answers with JSON",
  atMost: 0.9,
  request: bareGet("/api/hello?name=bench"),
  otherRequest: bareGet("/api/hello"),
  expect: ({ target }) => greeting(target.includes("bench") ? "bench" : "World"),
};

const NONE: LoadRequest = bareGet("/");

/** Which scripts there are is known when the app is built. */
export const nextStaticFile: Load = {
  name: "next-static-file",
  group: "next",
  warmUps: WARM_UPS,
  about: "a script below `/_next/static`",
  atMost: 1 / 5,
  request: NONE,
  otherRequest: NONE,
  expect: () => greeting(""),
  async questions() {
    const [timed, other] = nextScripts().map(({ target, content }) => ({
      request: bareGet(target),
      expected: fixedReply("text/javascript", content),
    }));
    return { timed: [timed!], others: [other!] };
  },
};

function greeting(name: string): ExpectedReply {
  const body = JSON.stringify({ hello: name });
  return { status: 200, contentType: "application/json", framing: "transfer-encoding", body };
}
