// The body of a request: pulled from the engine one piece at a time, and only when the stream's reader wants more.

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
  body.read().then(
    (bytes) => take(request, bytes),
    (error: unknown) => fail(request, error),
  );
}

function take(request: Incoming, bytes: Uint8Array | null): void {
  if (request.destroyed) return;
  request[SOCKET]?.touch();
  try {
    if (bytes === null) finish(request);
    else request.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    // A listener of 'data' threw: nobody is left to understand the rest.
    failListener(request[RESPONSE], error);
  }
}

function finish(request: Incoming): void {
  request.complete = true;
  request.push(null);
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
