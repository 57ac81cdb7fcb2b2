// What does reading a request cost?

import { fixedReply, type Load, type LoadRequest, TEXT_TYPE } from "../load.ts";

export const headers: Load = {
  name: "headers",
  about: "reads url, method and three of the six fields, answers a text made from them",
  atMost: 1.6,
  request: askAs("bench/1.0 (timed)", "en-GB,en;q=0.7", "7f3c9a"),
  otherRequest: askAs("bench/1.0 (check)", "de", "000001"),
  expect: ({ method, target, fields }, origin) =>
    fixedReply(
      TEXT_TYPE,
      `${method} ${origin}${target} ${fields["user-agent"]} ${fields["accept-language"]} ${fields["x-request-id"]}`,
    ),
};

/** Five fields; Host is the sixth. No Accept-Encoding: Deno.serve would compress and the loads would differ. */
function askAs(userAgent: string, language: string, id: string): LoadRequest {
  return {
    method: "GET",
    target: `/articles/42?draft=1&id=${id}`,
    fields: {
      accept: "text/html,application/xhtml+xml;q=0.9",
      "accept-language": language,
      cookie: "session=0123456789abcdef; theme=dark",
      "user-agent": userAgent,
      "x-request-id": id,
    },
    body: null,
  };
}
