// Does a server answer a load rightly? Asked before anything is timed: a wrong answer is no figure.

import { Agent, request as httpRequest } from "node:http";
import { Agent as TlsAgent, request as httpsRequest } from "node:https";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import type { ExpectedReply, LoadRequest, Questions } from "./load.ts";

/** A reply as it arrived, chunks joined, compression undone. */
export interface ActualReply {
  readonly status: number;
  /** name, value, name, value … as received. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** A server that accepts and never answers must not hang the run. */
const REPLY_MS = 5_000;

/**
 * What is wrong with the answers of the server at `origin`, or `null`. All questions go twice over one connection: the
 * second answer on it must be as right as the first.
 */
export async function faultOfAnswers(
  origin: string,
  { timed, others }: Questions,
  sameFields: boolean,
): Promise<string | null> {
  const kept = { keepAlive: true, maxSockets: 1 };
  // The pair of the HTTPS loads is signed by itself.
  const agent = origin.startsWith("https:") ? new TlsAgent({ ...kept, rejectUnauthorized: false }) : new Agent(kept);
  const once = [...timed, ...others];
  // A load of a thousand requests has enough of them that follow another.
  const questions = once.length > 100 ? once : [...once, ...once];
  try {
    for (const { request, expected } of questions) {
      const fault = faultOfReply(await ask(origin, request, agent), expected, sameFields);
      if (fault !== null) return `${request.method} ${request.target}: ${fault}`;
    }
    return null;
  } catch (error) {
    return `no answer: ${(error as Error).message}`;
  } finally {
    agent.destroy();
  }
}

/** The first difference between a reply and the right one, or `null`. */
export function faultOfReply(actual: ActualReply, expected: ExpectedReply, sameFields: boolean): string | null {
  if (actual.status !== expected.status) return `status ${actual.status} instead of ${expected.status}`;
  const fault = sameFields ? faultOfFields(actual, expected) : faultOfType(actual, expected);
  if (fault !== null) return fault;
  if (actual.body === expected.body) return null;
  return `body ${quoted(actual.body)} instead of ${quoted(expected.body)}`;
}

/** The control's fields and no other: their number and length are part of what an answer costs. */
function faultOfFields(actual: ActualReply, expected: ExpectedReply): string | null {
  const wanted = new Map<string, string>();
  if (expected.contentType !== null) wanted.set("content-type", expected.contentType);
  const length = String(Buffer.byteLength(expected.body));
  wanted.set(expected.framing, expected.framing === "content-length" ? length : "chunked");

  const names = fieldLines(actual).map(([name]) => name);
  const wantedNames = [...wanted.keys(), "date"].toSorted();
  if (names.toSorted().join() !== wantedNames.join()) {
    return `fields ${names.toSorted().join(", ")} instead of ${wantedNames.join(", ")}`;
  }
  const wrong = fieldLines(actual).find(([name, value]) => name !== "date" && wanted.get(name) !== value);
  return wrong === undefined ? null : `${wrong[0]} "${wrong[1]}" instead of "${wanted.get(wrong[0])}"`;
}

/** Peers write types their own way (`; charset=utf-8`); the media type itself must be right. */
function faultOfType(actual: ActualReply, expected: ExpectedReply): string | null {
  if (expected.contentType === null) return null;
  const type = fieldLines(actual).find(([name]) => name === "content-type")?.[1] ?? "";
  if (essence(type) === essence(expected.contentType)) return null;
  return `content-type "${type}" instead of "${expected.contentType}"`;
}

function fieldLines({ rawHeaders }: ActualReply): [name: string, value: string][] {
  const lines: [string, string][] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    lines.push([(rawHeaders[i] as string).toLowerCase(), rawHeaders[i + 1] as string]);
  }
  return lines;
}

function essence(contentType: string): string {
  const type = (contentType.split(";")[0] as string).trim().toLowerCase();
  // The older name, which RFC 9239 made an alias.
  return type === "application/javascript" ? "text/javascript" : type;
}

function quoted(text: string): string {
  return text.length <= 80 ? JSON.stringify(text) : `${JSON.stringify(text.slice(0, 60))}… (${text.length} characters)`;
}

/** Sends one request. @throws when nothing comes back, or what cannot be decoded. */
export function ask(origin: string, request: LoadRequest, agent?: Agent): Promise<ActualReply> {
  const { method, target, fields, body } = request;
  const headers: Record<string, string | number> = { ...fields };
  if (body !== null) headers["content-length"] = body.length;
  return new Promise((resolve, reject) => {
    const send = origin.startsWith("https:") ? httpsRequest : httpRequest;
    const sent = send(origin + target, { method, headers, agent, timeout: REPLY_MS }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.once("error", reject);
      response.once("end", () => {
        const { statusCode = 0, rawHeaders, headers: received } = response;
        try {
          const text = decoded(Buffer.concat(parts), received["content-encoding"]).toString("latin1");
          resolve({ status: statusCode, rawHeaders, body: text });
        } catch (error) {
          reject(error as Error);
        }
      });
    });
    sent.once("timeout", () => sent.destroy(new Error(`nothing within ${REPLY_MS} ms`)));
    sent.once("error", reject);
    sent.end(body ?? undefined);
  });
}

function decoded(body: Buffer, encoding: string | undefined): Buffer {
  // A 304 may name the encoding of what it does not carry.
  if (encoding === undefined || body.length === 0) return body;
  return encoding === "br" ? brotliDecompressSync(body) : gunzipSync(body);
}
