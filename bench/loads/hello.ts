// What does the shortest synchronous handler cost?

import { bareGet, fixedReply, type Load, TEXT_TYPE } from "../load.ts";

export const hello: Load = {
  name: "hello",
  about: '() => new Response("Hello, World!")',
  atMost: 1.2,
  request: bareGet("/"),
  otherRequest: bareGet("/other?q=1"),
  expect: () => fixedReply(TEXT_TYPE, "Hello, World!"),
};
