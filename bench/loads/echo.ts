// What does reading a request body cost?

import { fixedReply, type Load, type LoadRequest, TEXT_TYPE } from "../load.ts";

export const echo: Load = {
  name: "echo",
  about: "POST of 1 KiB, answered with `await request.text()`",
  atMost: 1.6,
  request: post("0123456789abcde\n".repeat(64)),
  otherRequest: post("another body\n".repeat(40)),
  expect: ({ body }) => fixedReply(TEXT_TYPE, body ?? ""),
};

function post(body: string): LoadRequest {
  return { method: "POST", target: "/echo", fields: { "content-type": "text/plain" }, body };
}
