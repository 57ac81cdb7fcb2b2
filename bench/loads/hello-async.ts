// What does going on after the engine's callback returned cost?

import { bareGet, fixedReply, type Load, TEXT_TYPE } from "../load.ts";

export const helloAsync: Load = {
  name: "hello-async",
  about: "hello after one awaited microtask; the control answers at once, so the wait counts",
  atMost: 1.4,
  request: bareGet("/"),
  otherRequest: bareGet("/other?q=1"),
  expect: () => fixedReply(TEXT_TYPE, "Hello, World!"),
};
