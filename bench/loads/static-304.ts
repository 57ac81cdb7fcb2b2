// What does "you have it already" cost? The tag is the server's own, asked for before timing.

import { contentOf, singleFile } from "../files.ts";
import { bareGet, fixedReply, type Load, type LoadRequest } from "../load.ts";
import { notModified, withValidator } from "../validator.ts";

const file = singleFile("1k", "timed");
const plain: LoadRequest = bareGet(`/${file.name}`);
const expected = fixedReply("text/plain", contentOf(file).toString("latin1"));

export const static304: Load = {
  name: "static-304",
  group: "static",
  about: "a file of 1 KiB that the client holds: If-None-Match",
  atMost: 1,
  request: plain,
  otherRequest: plain,
  expect: () => expected,
  async questions(origin) {
    const held = { request: await withValidator(origin, plain), expected: notModified };
    const missed = { ...plain, fields: { "if-none-match": '"another"' } };
    return { timed: [held], others: [{ request: missed, expected }] };
  },
};
