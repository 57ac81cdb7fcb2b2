// How does a reply go out: in one call, without a body, piece by piece, or to a client that is still sending?

import type { Reply, ReplySource } from "../engine.ts";
import { bytesSource, cancelSource } from "../source.ts";
import type { UwsBody } from "./body.ts";
import type { NativeResponse } from "./native.ts";
import { replyHead } from "./reply-head.ts";
import type { WriterOwner } from "./writer-owner.ts";

/** Larger bodies are not left to the engine: after `end` a slow reader would be cut by its 10 s timer. */
const ONE_CALL_BYTES = 64 * 1024;

/** How long an uploading client gets to notice an early answer before the socket is closed under it. */
const LINGER_MS = 2_000;

/** The exchange, as far as sending has to know it. */
export interface Sender extends WriterOwner {
  readonly method: string;
  /** Put on every reply of the listener that does not have them. */
  readonly replyFields: readonly string[];
  /** The request body. */
  readonly body: UwsBody | null;
  /** The connection ends with this reply. */
  readonly closes: boolean;
  readonly ended: boolean;
  /** Sends `source` piece by piece. */
  stream(response: NativeResponse, source: ReplySource): void;
  /** Sends on where the client's system did not take all of `bytes`, which the engine was given with the head. */
  sendRest(response: NativeResponse, bytes: Uint8Array): void;
  /** The reply is with the engine; `bytes` of body, or -1 for the reply's own text. */
  done(bytes: number): void;
}

/** Hands a reply to the engine. Called corked, once for each exchange; outside the parser when the connection ends with it. */
export function transmit(sender: Sender, response: NativeResponse, reply: Reply): void {
  const { body } = reply;
  if (reply.status === 204 || reply.status === 304 || sender.method === "HEAD") withoutBody(sender, response, reply);
  else if (typeof body === "string") {
    if (body.length <= ONE_CALL_BYTES / 3) inOneCall(sender, response, reply, body);
    else bytes(sender, response, reply, Buffer.from(body));
  } else if (body === null) inOneCall(sender, response, reply, "");
  else if (body instanceof Uint8Array) bytes(sender, response, reply, body);
  else if (body.sizeBytes === 0) {
    cancelSource(body, undefined);
    inOneCall(sender, response, reply, "");
  } else sender.stream(response, body);
}

function inOneCall(sender: Sender, response: NativeResponse, reply: Reply, body: string | Uint8Array): void {
  if (!sender.closes) {
    sender.ending();
    response.writeStatus(replyHead(reply, sender.replyFields, ""));
    response.end(body);
  } else if (sender.body !== null && !sender.body.complete && body.length > 0) {
    linger(sender, response, reply, body);
    return;
  } else {
    response.writeStatus(replyHead(reply, sender.replyFields, sender.closing.field(true)));
    response.end(body, true);
  }
  sender.done(typeof body === "string" ? -1 : body.byteLength);
}

/** Most clients take a large body in one go, and then nothing has to be kept for it. */
function tryAtOnce(sender: Sender, response: NativeResponse, reply: Reply, body: Uint8Array): void {
  response.writeStatus(replyHead(reply, sender.replyFields, ""));
  const [, isDone] = response.tryEnd(body, body.byteLength);
  if (isDone) sender.done(body.byteLength);
  else sender.sendRest(response, body);
}

function bytes(sender: Sender, response: NativeResponse, reply: Reply, body: Uint8Array): void {
  if (body.byteLength <= ONE_CALL_BYTES) inOneCall(sender, response, reply, body);
  else if (sender.closes || sender.body !== null) sender.stream(response, bytesSource(body, body.byteLength));
  else tryAtOnce(sender, response, reply, body);
}

/** HEAD, 204 and 304: the fields of the reply, and a length only where it is known (H34, H35). */
function withoutBody(sender: Sender, response: NativeResponse, reply: Reply): void {
  const { body } = reply;
  let size = reply.sizeBytes;
  if (typeof body === "string") size = Buffer.byteLength(body);
  else if (body instanceof Uint8Array) size = body.byteLength;
  else if (body !== null) {
    size = body.sizeBytes;
    cancelSource(body, undefined);
  }
  sender.ending();
  const length = size === null || reply.status === 204 ? "" : `\r\ncontent-length: ${size}`;
  if (sender.closes)
    sender.closing.endHead(response, replyHead(reply, sender.replyFields, length + sender.closing.field(true)));
  else {
    response.writeStatus(replyHead(reply, sender.replyFields, length));
    response.endWithoutBody();
  }
  sender.done(0);
}

/**
 * An early answer to a client that is still sending: closing now would reset the connection, and the answer with it. So the
 * answer goes out at once, and the end of the message when the client has finished or had its time.
 */
function linger(sender: Sender, response: NativeResponse, reply: Reply, body: string | Uint8Array): void {
  const { closing } = sender;
  response.writeStatus(replyHead(reply, sender.replyFields, closing.field(false)));
  response.write(body);
  const finish = (): void => {
    clearTimeout(timer);
    if (sender.ended) return;
    response.cork(() => closing.endChunked(response, true, false));
    sender.done(typeof body === "string" ? Buffer.byteLength(body) : body.byteLength);
  };
  const timer = setTimeout(finish, LINGER_MS);
  sender.body?.discard(() => setImmediate(finish));
}
