// What does a streamed answer cost when its chunks are there from the beginning?
// The stream enqueues all 64 chunks in start(): the shape of a template engine or a log tail that is ahead of the client.
// It measures moving chunks to the socket, not the source.

import { bareGet, type Load, streamedReply } from "../load.ts";

export const stream: Load = {
  name: "stream",
  about: "64 chunks of 1 KiB through a ReadableStream that enqueues them in start()",
  atMost: 1.6,
  request: bareGet("/"),
  otherRequest: bareGet("/other?q=1"),
  expect: () => streamedReply(),
};
