// H61 to H64: what becomes of a Response that names a file?

import assert from "node:assert/strict";
import type { Case } from "../case.ts";
import { FILE_BYTES, FILE_TAG } from "../fixture/files.ts";
import { patternAt } from "../fixture/visit.ts";
import { message, post } from "../octets.ts";
import type { Probe } from "../probe.ts";
import type { RawResponse } from "../raw-response.ts";

function assertWhole({ status, body }: RawResponse, expected = 200): void {
  assert.equal(status, expected);
  assert.ok(body.equals(patternAt(0, FILE_BYTES)), "the octets are those of the file");
}

function file(id: string, says: string, check: (probe: Probe) => Promise<void>): Case {
  return { id, says, profile: "file", needs: "context", check };
}

/** A GET with these lines, and what the answer has to be. */
function asked(
  id: string,
  says: string,
  lines: readonly string[],
  expected: readonly [status: number, size: number],
): Case {
  return file(id, says, async (probe) => {
    const { status, body, field } = await probe.ask(probe.get("file/plain", lines));
    assert.deepEqual([status, body.length], expected);
    if (status === 206) {
      assert.equal(field("content-range"), `bytes 10-19/${FILE_BYTES}`);
      assert.ok(body.equals(patternAt(10, 10)), "the octets of the range");
    }
    if (status === 304) assert.equal(field("etag"), FILE_TAG);
  });
}

const NAMING: readonly Case[] = [
  file("H61/whole", "the octets are those of the file, with their length", async (probe) => {
    const response = await probe.ask(probe.get("file/plain"));
    assertWhole(response);
    assert.equal(response.field("content-length"), String(FILE_BYTES));
    assert.equal(response.field("content-type"), "application/x-fixture");
  }),
  file("H61/restated", "a descriptor of another status does not count, and the body is sent", async (probe) => {
    assertWhole(await probe.ask(probe.get("file/restated", ["Range: bytes=10-19"])));
    await probe.noted("opened");
  }),
];

const ANSWERING: readonly Case[] = [
  asked("H62/not-modified", "If-None-Match with the handler's tag is 304", [`If-None-Match: ${FILE_TAG}`], [304, 0]),
  asked("H62/modified", "If-None-Match with another tag is 200", ['If-None-Match: "other"'], [200, FILE_BYTES]),
  asked("H62/range", "a range is 206 with those octets", ["Range: bytes=10-19"], [206, 10]),
  asked(
    "H62/if-range",
    "If-Range with another tag is 200",
    ["Range: bytes=10-19", 'If-Range: "other"'],
    [200, FILE_BYTES],
  ),
  asked(
    "H62/order",
    "conditions come before the range",
    ["Range: bytes=10-19", `If-None-Match: ${FILE_TAG}`],
    [304, 0],
  ),
  file("H62/precondition", "If-Match with another tag is 412", async (probe) => {
    assert.equal((await probe.ask(probe.get("file/plain", ['If-Match: "other"']))).status, 412);
  }),
  file("H62/unsatisfiable", "a range beyond the end is 416 and tells the length", async (probe) => {
    const { status, field } = await probe.ask(probe.get("file/plain", [`Range: bytes=${FILE_BYTES}-`]));
    assert.deepEqual([status, field("content-range")], [416, `bytes */${FILE_BYTES}`]);
  }),
  file("H62/head", "HEAD has the length and no octets", async (probe) => {
    const { status, field, body } = await probe.ask(message("HEAD", probe.path("file/plain")), { isHead: true });
    assert.deepEqual([status, field("content-length"), body.length], [200, String(FILE_BYTES), 0]);
  }),
  file("H62/post", "a POST is subject to neither conditions nor ranges", async (probe) => {
    assertWhole(await probe.ask(post(probe.path("file/plain"), "x", ["Range: bytes=10-19"])));
  }),
  file("H62/off", "nothing is evaluated where the descriptor says so", async (probe) => {
    assertWhole(await probe.ask(probe.get("file/off", ["Range: bytes=10-19", `If-None-Match: ${FILE_TAG}`])));
  }),
];

const REFUSING: readonly Case[] = (
  [
    ["H63/missing", "a file that does not exist is 404", "missing"],
    ["H63/directory", "what is no regular file is 404", "directory"],
    ["H64/outside", "a link that leads out of the root is 404", "outside"],
  ] as const
).map(([id, says, kind]) =>
  file(id, says, async (probe) => {
    const { status, body } = await probe.ask(probe.get(`file/${kind}`));
    assert.equal(status, 404);
    assert.ok(!body.includes(Buffer.from(patternAt(0, 100))), "no octet of the file");
  }),
);

export const FILES: readonly Case[] = [...NAMING, ...ANSWERING, ...REFUSING];
