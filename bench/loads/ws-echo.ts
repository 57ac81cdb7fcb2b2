// What does a message cost that an app on the library `ws` sends back? Compared with the same app on node:http.

import { bareGet, fixedReply, type Load } from "../load.ts";

export const wsEcho: Load = {
  name: "ws-echo",
  group: "sockets",
  about:
    "an app on the library `ws` sends back messages of 100 bytes, 64 connections with 8 messages under way on each",
  atMost: 1,
  isEcho: true,
  request: bareGet("/"),
  otherRequest: bareGet("/other"),
  expect: (request) => fixedReply("text/plain", `plain ${request.target}`),
};
