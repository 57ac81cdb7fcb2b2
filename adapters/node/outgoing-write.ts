// `write`, `end` and `flushHeaders` of a response: what the app says becomes one reply to the engine.

import { AsyncResource } from "node:async_hooks";
import {
  AROUND,
  BODY,
  CARRIER,
  emitContained,
  LENGTH,
  OUTCOME,
  type Outgoing,
  REASON,
  SCOPE,
  SENT,
  SOCKET,
  STATUS,
} from "./bridge-state.ts";
import { finishWhenEnded, nextTick } from "./connection-end.ts";
import { callNative, judge, nodeError, writeAfterEnd } from "./node-errors.ts";
import { type BodyOwner, OutgoingBody } from "./outgoing-body.ts";
import { IN_CHUNKS, replyFields } from "./outgoing-fields.ts";

type Callback = (error?: Error | null) => void;
type Chunk = string | Uint8Array;

/** Replace those of `ServerResponse`, for the layer and for armoured responses alike. */
export const writeMethods = {
  write(this: Outgoing, chunk: Chunk, encoding?: BufferEncoding | Callback | null, callback?: Callback): boolean {
    if (this[CARRIER] === undefined) return callNative("write", this, [chunk, encoding, callback]) as boolean;
    const done = typeof encoding === "function" ? encoding : callback;
    checkChunk(chunk);
    if (this.finished || this.destroyed) {
      refuseWrite(this, done);
      return false;
    }
    if (this._header === null) this._implicitHeader();
    if (!this._hasBody || this[OUTCOME] !== null) {
      if (done !== undefined) process.nextTick(done);
      return true;
    }
    this.req[SOCKET]?.touch();
    const body = this[BODY] ?? startBody(this);
    return body.push(bytesOf(chunk, encoding), done);
  },

  end(
    this: Outgoing,
    chunk?: Chunk | Callback | null,
    encoding?: BufferEncoding | Callback | null,
    callback?: Callback,
  ): Outgoing {
    if (this[CARRIER] === undefined) return callNative("end", this, [chunk, encoding, callback]) as Outgoing;
    const done = typeof chunk === "function" ? chunk : typeof encoding === "function" ? encoding : callback;
    const last = typeof chunk === "function" || !hasSome(chunk) ? null : chunk;
    if (this.finished) return endAgain(this, last, done);
    if (last !== null) checkChunk(last);
    if (this._header === null) this._implicitHeader();
    if (typeof done === "function") this.once("finish", done);
    this.finished = true;
    finishMessage(this, last, encoding);
    if (this._events !== undefined && this._events["prefinish"] !== undefined) {
      emitContained(this[AROUND], this, "prefinish");
    }
    return this;
  },

  flushHeaders(this: Outgoing): void {
    if (this[CARRIER] === undefined) {
      callNative("flushHeaders", this, []);
      return;
    }
    if (this._header === null) this._implicitHeader();
    if (this._hasBody && !this[SENT] && this[OUTCOME] === null && !this.destroyed) startBody(this);
  },

  /** Node's inner door, through which some middlewares send: bytes are a write, and none a flush of the head. */
  _send(this: Outgoing, chunk: Chunk, encoding?: BufferEncoding | null, callback?: Callback): boolean {
    if (this[CARRIER] === undefined) {
      return callNative("_send", this, [chunk, encoding, callback]) as boolean;
    }
    if (chunk.length > 0) return this.write(chunk, encoding ?? "utf8", callback as () => void);
    this.flushHeaders();
    if (callback !== undefined) process.nextTick(callback);
    return true;
  },
};

function hasSome(chunk: Chunk | null | undefined): chunk is Chunk {
  return Boolean(chunk);
}

/** @throws what Node's own throws, in its words. */
function checkChunk(chunk: unknown): void {
  if (typeof chunk === "string" || chunk instanceof Uint8Array) return;
  judge().write(chunk as string);
}

function bytesOf(chunk: Chunk, encoding: unknown): Uint8Array {
  if (typeof chunk !== "string") return chunk;
  return Buffer.from(chunk, typeof encoding === "string" ? (encoding as BufferEncoding) : "utf8");
}

function refuseWrite(response: Outgoing, done: Callback | undefined): void {
  const error = response.finished
    ? writeAfterEnd()
    : nodeError("ERR_STREAM_DESTROYED", "Cannot call write after a stream was destroyed");
  const isOver = response.destroyed;
  process.nextTick(() => {
    done?.(error);
    if (!isOver && !response.destroyed && response.listenerCount("error") > 0) {
      emitContained(response[AROUND], response, "error", error);
    } else if (!isOver && !response.destroyed) response[AROUND].report(error);
  });
}

function endAgain(response: Outgoing, last: Chunk | null, done: Callback | undefined): Outgoing {
  if (last !== null) refuseWrite(response, done);
  else if (typeof done === "function") {
    if (!response.writableFinished) response.on("finish", done);
    else done(nodeError("ERR_STREAM_ALREADY_FINISHED", "Cannot call end after a stream was finished"));
  }
  return response;
}

function finishMessage(response: Outgoing, last: Chunk | null, encoding: unknown): void {
  if (response.destroyed || response[OUTCOME] !== null) {
    // All announced bytes were sent already, or nobody is there any more.
    finishWhenEnded(response);
  } else if (response[BODY] === null) sendWhole(response, last, encoding);
  else endBody(response, last, encoding);
}

function endBody(response: Outgoing, last: Chunk | null, encoding: unknown): void {
  const body = response[BODY]!;
  // 'finish' belongs to the context in which the message was ended, as with a socket's own write.
  response[SCOPE] = new AsyncResource("EasyserverResponse");
  if (last !== null) body.push(bytesOf(last, encoding), undefined);
  body.end();
}

/** The usual case: head and body are known at once. */
function sendWhole(response: Outgoing, last: Chunk | null, encoding: unknown): void {
  const fields = replyFields(response);
  if (response[LENGTH] === IN_CHUNKS && response._hasBody) {
    startBody(response);
    endBody(response, last, encoding);
    return;
  }
  response[SENT] = true;
  let body: Chunk | null = null;
  let sizeBytes: number | null = null;
  if (!response._hasBody) sizeBytes = response[LENGTH] < 0 ? null : response[LENGTH];
  else if (typeof last === "string" && isUtf8(encoding)) body = last;
  else if (last !== null) body = bytesOf(last, encoding);
  // Whoever listens may ask for the peer when all is over, when the engine cannot be asked any more.
  const carrier = response[CARRIER]!;
  void carrier.peer;
  carrier.send({
    status: response[STATUS],
    reason: response[REASON],
    fields,
    body,
    sizeBytes,
    close: !response.shouldKeepAlive,
  });
}

function isUtf8(encoding: unknown): boolean {
  return encoding == null || encoding === "utf8" || encoding === "utf-8" || typeof encoding === "function";
}

/** The head goes to the engine, and with it the source of what is written from here on. */
function startBody(response: Outgoing): OutgoingBody {
  const fields = replyFields(response);
  const body = new OutgoingBody(response[LENGTH] < 0 ? null : response[LENGTH], ownerOf(response));
  response[BODY] = body;
  response[SCOPE] = new AsyncResource("EasyserverResponse");
  response[SENT] = true;
  void response[CARRIER]!.peer;
  response[CARRIER]!.send({
    status: response[STATUS],
    reason: response[REASON],
    fields,
    body,
    sizeBytes: null,
    close: !response.shouldKeepAlive,
  });
  return body;
}

function ownerOf(response: Outgoing): BodyOwner {
  return {
    drained: () => response[SCOPE].runInAsyncScope(nextTick, undefined, emitDrain, response),
    cancelled: () => {},
  };
}

function emitDrain(response: Outgoing): void {
  response.req[SOCKET]?.touch();
  if (!response.destroyed && !response.finished) emitContained(response[AROUND], response, "drain");
}
