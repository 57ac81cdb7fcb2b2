// What does `new Response(…)` cost in a handler, light and genuine?

import { GenuineResponse, LightResponse } from "../../src/engine/response.ts";
import type { MicroSuite } from "./suite.ts";

const TEXT = "Hello, World!";
const DATA = { hello: "world", id: 42, ok: true };
const INIT = { status: 201, headers: { "content-type": "text/html", "cache-control": "no-store" } };

export const responseSuite: MicroSuite = {
  title: "Response creation",
  cases: {
    "light: text": () => new LightResponse(TEXT),
    "light: text, status and two fields": () => new LightResponse(TEXT, INIT),
    "light: json": () => LightResponse.json(DATA),
    "light: no body": () => new LightResponse(null, { status: 204 }),
    "light: text, headers touched": () => new LightResponse(TEXT).headers.get("content-type"),
    "genuine: text": () => new GenuineResponse(TEXT),
    "genuine: text, status and two fields": () => new GenuineResponse(TEXT, INIT),
    "genuine: json": () => GenuineResponse.json(DATA),
    "genuine: no body": () => new GenuineResponse(null, { status: 204 }),
  },
};
