// What does a streamed answer cost when each chunk is asked for? Information only: it is mostly the platform's stream.

import { bareGet, type Load, streamedReply } from "../load.ts";

export const streamPull: Load = {
  name: "stream-pull",
  about: "the same 64 chunks, one for each pull()",
  atMost: null,
  request: bareGet("/"),
  otherRequest: bareGet("/other?q=1"),
  expect: () => streamedReply(),
};
