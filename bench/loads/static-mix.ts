// What does a site cost? 200 files of 1 to 200 KiB, as browsers ask for them: some again, some in part, most compressed.

import { type BenchFile, contentOf, mixFiles, numbers } from "../files.ts";
import { bareGet, type ExpectedReply, type Load, type LoadRequest, type Question } from "../load.ts";
import { notModified, withValidator } from "../validator.ts";

/** One turn of the sender; then it begins again. */
const REQUESTS = 1000;
const CONDITIONAL = 0.3;
const RANGED = 0.1;

const files = mixFiles();
const first = files[0] as BenchFile;

export const staticMix: Load = {
  name: "static-mix",
  group: "static",
  about: "200 files of 1 to 200 KiB, 30% conditional, 10% ranges, `Accept-Encoding: br, gzip`",
  atMost: 1.1,
  request: compressedGet(first),
  otherRequest: compressedGet(first),
  expect: () => whole(first),
  async questions(origin) {
    const held = new Map<BenchFile, LoadRequest>();
    for (const file of files) held.set(file, await withValidator(origin, compressedGet(file)));
    return { timed: drawn(held), others: [] };
  },
};

/** The same thousand for every server, but for the tags. */
function drawn(held: ReadonlyMap<BenchFile, LoadRequest>): Question[] {
  const draw = numbers(1);
  const pick = (from: readonly BenchFile[]): BenchFile => from[Math.floor(draw() * from.length)] as BenchFile;
  // Players ask for parts of media; nobody asks for a part of a style sheet.
  const media = files.filter(({ isText }) => !isText);
  return Array.from({ length: REQUESTS }, () => {
    const kind = draw();
    if (kind < RANGED) return part(pick(media), draw());
    const file = pick(files);
    const isHeld = kind < RANGED + CONDITIONAL;
    return isHeld
      ? { request: held.get(file) as LoadRequest, expected: notModified }
      : { request: compressedGet(file), expected: whole(file) };
  });
}

function part(file: BenchFile, where: number): Question {
  const start = Math.floor(file.sizeBytes * where * 0.9);
  const end = Math.min(start + 65_535, file.sizeBytes - 1);
  const body = contentOf(file)
    .subarray(start, end + 1)
    .toString("latin1");
  return {
    request: { ...bareGet(`/${file.name}`), fields: { range: `bytes=${start}-${end}` } },
    expected: { status: 206, contentType: file.contentType, framing: "content-length", body },
  };
}

function compressedGet(file: BenchFile): LoadRequest {
  return { ...bareGet(`/${file.name}`), fields: { "accept-encoding": "br, gzip" } };
}

function whole(file: BenchFile): ExpectedReply {
  const body = contentOf(file).toString("latin1");
  return { status: 200, contentType: file.contentType, framing: "content-length", body };
}
