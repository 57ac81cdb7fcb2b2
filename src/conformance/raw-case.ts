// How is a case judged that is nothing but octets? By the answer, by the calls of the handler and by what follows.

import type { Case, Expectation, RawCase } from "./case.ts";
import { get } from "./octets.ts";
import type { Probe } from "./probe.ts";
import type { RawClient } from "./raw-client.ts";
import type { RawResponse } from "./raw-response.ts";

/** Makes a case of octets a case like any other. */
export function fromRaw({ bytes, expect, ...facts }: RawCase): Case {
  return { ...facts, check: (probe) => judge(probe, bytes, expect) };
}

async function judge(probe: Probe, bytes: string | readonly string[], expect: Expectation): Promise<void> {
  const client = await probe.connect();
  const segments = (typeof bytes === "string" ? [bytes] : bytes).map((text) => text.replaceAll("{tag}", probe.tag));
  await client.sendPieces(segments);
  const isHead = segments[0]?.startsWith("HEAD ") === true;
  const answer = await client.responseOrClose(probe.patienceMs, isHead);
  await assertCalls(probe, expect);
  if (answer === "neither") throw new Error(`neither an answer nor the end within ${probe.patienceMs} ms`);
  assertAnswer(answer, { ...expect, ...(expect.text && { text: expect.text.replaceAll("{tag}", probe.tag) }) });
  if (expect.closed === true) await assertEnd(client, probe);
  if (expect.next === true && client.isOpen) await assertNext(client, probe);
  await assertCalls(probe, expect);
}

async function assertCalls(probe: Probe, expect: Expectation): Promise<void> {
  const calls = await probe.calls();
  if (calls.includes("smuggled") || (expect.dispatched === "never" && calls.length > 0)) {
    throw new Error(`the handler was called for ${calls.map((route) => `/${route}`).join(", ")}`);
  }
}

function assertAnswer(answer: RawResponse | null, { status, orClosed, text }: Expectation): void {
  if (answer === null) {
    if (orClosed !== true) throw new Error("the connection ended without an answer");
    return;
  }
  if (status !== undefined && !status.some((wanted) => isStatus(answer.status, wanted))) {
    throw new Error(
      `answered ${answer.status}, expected ${status.map((one) => (one < 10 ? `${one}xx` : one)).join(" or ")}`,
    );
  }
  if (text !== undefined && answer.text !== text)
    throw new Error(`answered ${JSON.stringify(answer.text.slice(0, 80))}`);
}

function isStatus(status: number, wanted: number): boolean {
  return status === wanted || Math.floor(status / 100) === wanted;
}

async function assertEnd(client: RawClient, probe: Probe): Promise<void> {
  const rest = (await client.untilClose(probe.patienceMs)).toString("latin1");
  if (rest !== "") throw new Error(`a second answer: ${JSON.stringify(rest.slice(0, 60))}`);
}

async function assertNext(client: RawClient, probe: Probe): Promise<void> {
  await client.send(get(`/${probe.tag}/path`));
  const answer = await client.responseOrClose(probe.patienceMs);
  if (answer === "neither") throw new Error("the next request is neither answered nor is the connection closed");
  if (answer !== null && (answer.status !== 200 || answer.text !== `/${probe.tag}/path`)) {
    throw new Error(`the next request is answered ${answer.status} ${JSON.stringify(answer.text.slice(0, 60))}`);
  }
}
