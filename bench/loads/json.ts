// What does an answer as JSON cost, serialisation included?

import { bareGet, fixedReply, type Load } from "../load.ts";

export const json: Load = {
  name: "json",
  about: "Response.json of a small object",
  atMost: 1.6,
  request: bareGet("/"),
  otherRequest: bareGet("/other?q=1"),
  expect: () => fixedReply("application/json", '{"hello":"world","id":42,"ok":true,"tags":["a","b","c"],"price":9.5}'),
};
