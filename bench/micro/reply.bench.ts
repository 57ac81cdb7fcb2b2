// What does it cost to turn a Response into what the engine writes?

import { GenuineResponse, LightResponse, replyFrom } from "../../src/engine/response.ts";
import { replyHead } from "../../src/engine/uws/reply-head.ts";
import type { MicroSuite } from "./suite.ts";

const TEXT = "Hello, World!";
const HEADERS = {
  "content-type": "text/html;charset=utf-8",
  "cache-control": "private, max-age=60",
  etag: '"5f3c-1"',
  vary: "accept-language",
};
const FIELDS: readonly string[] = Object.entries(HEADERS).flat();
const NONE: readonly string[] = [];
const PLAIN = replyFrom(new LightResponse(TEXT), "GET");

export const replySuite: MicroSuite = {
  title: "reply write",
  cases: {
    "header block seen just before": () => replyHead(PLAIN, NONE, ""),
    "header block of four fields": () => replyHead({ ...PLAIN, fields: [...FIELDS] }, NONE, ""),
    "light text to header block": () => replyHead(replyFrom(new LightResponse(TEXT), "GET"), NONE, ""),
    "light text with four fields to header block": () =>
      replyHead(replyFrom(new LightResponse(TEXT, { headers: HEADERS }), "GET"), NONE, ""),
    "genuine text to header block": () => replyHead(replyFrom(new GenuineResponse(TEXT), "GET"), NONE, ""),
  },
};
