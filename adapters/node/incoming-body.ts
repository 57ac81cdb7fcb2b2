// The body of a request: pulled from the engine one piece at a time, and only when the stream's reader wants more.

import { AsyncResource } from "node:async_hooks";
import type { BodyTaker } from "../../src/internal.ts";
import { CARRIER, type Incoming, OUTCOME, RESPONSE, SOCKET } from "./bridge-state.ts";
import { failListener } from "./listener-failure.ts";

/** One `_read` of the stream. The client is held back until it is called again. */
export function readMore(request: Incoming): void {
  const body = request[CARRIER]?.body ?? null;
  if (body === null || request._dumped) {
    body?.cancel();
    finish(request);
    return;
  }
  if (body.pull === undefined) {
    body.read().then(
      (bytes) => take(request, bytes, false),
      (error: unknown) => fail(request, error),
    );
    return;
  }
  const piece = new Piece(request);
  body.pull(piece);
  piece.wait();
}

/** One piece of the body, on its way. */
class Piece implements BodyTaker {
  private readonly request: Incoming;
  /** The context in which the piece was asked for: its listeners are called there. */
  private scope: AsyncResource | null = null;
  private isHere = false;

  constructor(request: Incoming) {
    this.request = request;
  }

  /** It did not come at once. */
  wait(): void {
    if (!this.isHere) this.scope = new AsyncResource("EasyserverBody");
  }

  take(bytes: Uint8Array<ArrayBuffer> | null, lent: boolean): void {
    this.isHere = true;
    const { scope, request } = this;
    // What is there already comes after `_read`, so that a listener that throws is caught where the piece is pushed.
    if (scope === null) queueMicrotask(() => take(request, bytes, lent));
    else scope.runInAsyncScope(take, undefined, request, bytes, lent);
  }

  /** The engine is in the middle of something. */
  fail(reason: unknown): void {
    this.isHere = true;
    const { scope, request } = this;
    if (scope === null) queueMicrotask(() => fail(request, reason));
    else scope.runInAsyncScope(queueMicrotask, undefined, () => fail(request, reason));
  }
}

function take(request: Incoming, bytes: Uint8Array<ArrayBuffer> | null, lent: boolean): void {
  if (request.destroyed) return;
  request[SOCKET]?.touch();
  try {
    if (bytes === null) finish(request);
    else request.push(lent ? copyOf(bytes) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    // A listener of 'data' threw: nobody is left to understand the rest.
    failListener(request[RESPONSE], error);
  }
}

function copyOf(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafe(bytes.byteLength);
  copy.set(bytes);
  return copy;
}

function finish(request: Incoming): void {
  request.complete = true;
  request.push(null);
}

/** A body that nobody began to read is ended, so that 'end' and 'close' come (as Node's `_dump`). */
export function dump(request: Incoming): void {
  if (request._consuming || request._dumped || request.destroyed) return;
  request._dumped = true;
  request.removeAllListeners("data");
  request.resume();
}

/** What is wrong with the body itself, such as its size. That the client left comes another way, in Node's order. */
function fail(request: Incoming, error: unknown): void {
  const response = request[RESPONSE];
  if (response[OUTCOME] !== null || request[CARRIER]?.abortReason !== undefined || request.destroyed) return;
  if (request.listenerCount("error") === 0) {
    failListener(response, error);
    return;
  }
  // The answer to it still has to get through, and body-parser first waits for the request to be over.
  request.aborted = true;
  request.complete = true;
  request.destroy(error as Error);
}
