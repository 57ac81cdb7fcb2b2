// What went over the wire and through the app in one step, as lines that can be compared.

import { createHash } from "node:crypto";
import { RawClient } from "../support/raw-client.ts";
import type { RawResponse } from "../support/raw-response.ts";
import type { Answered, Blur, Fields, Probe, Step } from "./probe.ts";
import type { Recorder } from "./recorder.ts";

/** Lines of each step, by its name. */
export type Protocol = ReadonlyMap<string, readonly string[]>;

/** Longer bodies are compared by their digest. */
const SHOWN_BYTES = 2_000;

/** A request that was on its way when its connection ended reaches the app within that time, or never. */
const TURNED_AWAY_MS = 500;

/**
 * What is not compared anywhere, and why:
 * - the value of Date: it is the time;
 * - `Connection: keep-alive` and `Keep-Alive`: HTTP/1.1 connections persist without them (RFC 9112 section 9.3);
 * - the spelling of field names and the order of fields with different names: neither means anything (RFC 9110 sections
 *   5.1 and 5.3);
 * - where chunks begin and end: a recipient may join and split them (RFC 9112 section 7.1). Whether there are chunks or a
 *   length is compared.
 */
const NOT_COMPARED = /^(?:keep-alive: .*|connection: keep-alive)$/i;

/** Runs all steps of `probe` against the server at `port`, one after the other on a connection that is kept while it lasts. */
export async function protocolOf(probe: Probe, port: number, recorder: Recorder): Promise<Protocol> {
  const protocol = new Map<string, readonly string[]>();
  const answers = new Map<string, Answered>();
  let client: RawClient | null = null;
  try {
    for (const step of probe.steps) {
      if (step.isFresh === true || client?.isOpen !== true) {
        client?.leave();
        client = await RawClient.connect(port);
      }
      const lines = await linesOf(step, client, recorder, answers);
      protocol.set(
        step.name,
        lines.map((line) => blurred(line, probe.blurs ?? [])),
      );
    }
  } finally {
    client?.leave();
  }
  return protocol;
}

async function linesOf(
  step: Step,
  client: RawClient,
  recorder: Recorder,
  answers: Map<string, Answered>,
): Promise<string[]> {
  const lines: string[] = [];
  if (step.client === undefined) {
    await client.send(octetsOf(step, answers));
    const response = await finalResponse(client, step, lines);
    if (response !== null) answers.set(step.name, response);
  } else {
    lines.push(...(await step.client(client, recorder)));
  }
  const count = step.exchanges ?? 1;
  // Whom the server has turned away without asking the app, the app will never see.
  const isTurnedAway = !client.isOpen && recorder.count < count;
  const seen = await recorder.take(count, isTurnedAway ? TURNED_AWAY_MS : undefined);
  return [...lines, ...(step.loose === undefined ? seen : byEmitter(seen))];
}

/** What is on the wire, then the lines of the request, then those of the response, each in their order. */
export function byEmitter(lines: readonly string[]): string[] {
  const emitterOf = (line: string): number =>
    1 + ["request", "response"].findIndex((one) => line.includes(`: ${one} `));
  return lines.toSorted((a, b) => emitterOf(a) - emitterOf(b));
}

async function finalResponse(client: RawClient, step: Step, lines: string[]): Promise<RawResponse | null> {
  const isHead = step.method === "HEAD" || step.octets?.startsWith("HEAD ") === true;
  for (;;) {
    let response: RawResponse;
    try {
      response = await client.response({ isHead });
    } catch (error) {
      lines.push(client.isOpen ? `no answer: ${(error as Error).message}` : `the connection ended (${client.ending})`);
      lines.push(...cutOffLines(client.receivedText));
      return null;
    }
    lines.push(...responseLines(response));
    if (response.status < 200) continue;
    if (response.field("connection") === "close") lines.push(await ending(client, response));
    return response;
  }
}

/** An answer as lines: status, sorted fields, framing, body. */
export function responseLines(response: RawResponse): string[] {
  const fields = response.fields
    .map(([name, value]) => (name === "date" ? "date: *" : `${name}: ${value}`))
    .filter((line) => !NOT_COMPARED.test(line))
    .toSorted((a, b) => nameOf(a).localeCompare(nameOf(b)));
  return [
    `status ${response.status} ${response.reason}`,
    ...fields,
    `framing ${response.framing}`,
    bodyLine(response.body),
  ];
}

/**
 * How a connection ends whose end was announced. After an answer of announced length the engine ends it by its timer only
 * (H38/close in the deviations of the engines), so there the client leaves.
 */
async function ending(client: RawClient, { framing }: RawResponse): Promise<string> {
  if (framing === "length" || framing === "none") {
    client.leave();
    await client.closed();
    return "the end of the connection is announced";
  }
  await client.closed();
  return `the connection ended (${client.ending})`;
}

/** An answer that was broken off: its head as far as it is compared, and what came of the body. */
function cutOffLines(octets: string): string[] {
  const [head = "", ...body] = octets.split("\r\n\r\n");
  if (octets === "") return ["nothing arrived"];
  const lines = head.split("\r\n").map((line) => line.replace(/^([^:]+): /u, (start) => start.toLowerCase()));
  const compared = lines
    .filter((line) => !NOT_COMPARED.test(line))
    .map((line) => line.replace(/^date: .*/u, "date: *"));
  return [...compared.toSorted(), `cut off ${JSON.stringify(body.join("\r\n\r\n"))}`];
}

function nameOf(line: string): string {
  return line.slice(0, line.indexOf(":"));
}

function bodyLine(body: Buffer): string {
  if (body.length === 0) return "no body";
  const text = body.toString("latin1");
  if (body.length <= SHOWN_BYTES && isPrintable(text)) return `body ${JSON.stringify(text)}`;
  return `body of ${body.length} bytes, sha1 ${createHash("sha1").update(body).digest("hex")}`;
}

/** Text as people write it, and the record separator of socket.io. */
function isPrintable(text: string): boolean {
  return !/[^\t\n\r -~]/u.test(text.replaceAll("\u001e", ""));
}

/** The request of a step as octets. Host comes first; the length of a body is added unless the step says one. */
export function octetsOf(step: Step, answers: ReadonlyMap<string, Answered> = new Map()): Buffer {
  if (step.octets !== undefined) return Buffer.from(step.octets, "latin1");
  const { method = "GET" } = step;
  const body = typeof step.body === "function" ? step.body(answers) : step.body;
  const target = typeof step.target === "function" ? step.target(answers) : (step.target ?? "/");
  const fields: Fields = typeof step.fields === "function" ? step.fields(answers) : (step.fields ?? []);
  const lines = [`${method} ${target} HTTP/1.1`];
  if (!fields.some(([name]) => name.toLowerCase() === "host")) lines.push("Host: a.example");
  lines.push(...fields.map(([name, value]) => `${name}: ${value}`));
  const content = typeof body === "string" ? Buffer.from(body, "latin1") : (body ?? Buffer.alloc(0));
  const isFramed = fields.some(([name]) => /^(?:content-length|transfer-encoding)$/i.test(name));
  if (body !== undefined && !isFramed) lines.push(`Content-Length: ${content.length}`);
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), content]);
}

function blurred(line: string, blurs: readonly Blur[]): string {
  return blurs.reduce((text, { pattern, becomes }) => text.replace(pattern, becomes), line);
}
