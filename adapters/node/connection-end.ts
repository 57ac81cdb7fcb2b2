// How does a bridged exchange end, and who hears of it in which order? The order is that of node:http.

import {
  AROUND,
  CARRIER,
  DETACHED,
  emitContained,
  type Incoming,
  OUTCOME,
  type Outgoing,
  BODY,
  READABLE,
  RESPONSE,
  SCOPE,
  SENT,
  SOCKET,
} from "./bridge-state.ts";
import type { Outcome } from "../../src/internal.ts";
import { dump } from "./incoming-body.ts";
import { connectionReset } from "./node-errors.ts";
import { BridgeSocket } from "./socket.ts";

/** Turns of the loop in which an engine hands over what it has gathered of a reply: written bytes go before the cut. */
const FLUSH_TURNS = 3;

/** The socket of a request, made when somebody first asks for it. */
export function socketOf(request: Incoming): BridgeSocket {
  const known = request[SOCKET];
  if (known !== null) return known;
  const response = request[RESPONSE];
  const socket = new BridgeSocket(request[CARRIER]!, request, response, cut);
  request[SOCKET] = socket;
  if (response[DETACHED]) socket._httpMessage = null;
  if (response[OUTCOME] === "aborted" || response[OUTCOME] === "failed") socket.close();
  return socket;
}

/** The app wants the connection gone. */
function cut(response: Outgoing, error: unknown): void {
  const carrier = response[CARRIER];
  if (carrier === undefined || response[OUTCOME] !== null) return;
  response[OUTCOME] = "failed";
  const reason = error ?? new DOMException("The app closed the connection.", "AbortError");
  const turns = response[SENT] && response[BODY] !== null ? FLUSH_TURNS : 0;
  // Listeners hear of it after the call that closed, as from a socket; a request that closes itself is done first.
  carrier.onAbort = null;
  abortAfter(turns, () => carrier.abort(reason));
  if (response.req.destroyed) setImmediate(lose, response);
  else process.nextTick(lose, response);
}

function abortAfter(turns: number, abort: () => void): void {
  if (turns === 0) abort();
  else setImmediate(() => abortAfter(turns - 1, abort));
}

/** The engine says that the client left, that a deadline passed, or that the server gave up. */
export function carrierAborted(_reason: unknown, { attachment }: { readonly attachment: unknown }): void {
  const response = attachment as Outgoing;
  if (response._closed) return;
  response[OUTCOME] ??= "aborted";
  response[SCOPE].runInAsyncScope(lose, undefined, response);
}

/** The exchange is over, however it ended. */
export function carrierEnded(response: Outgoing, { kind }: Outcome): void {
  const wasOver = response[OUTCOME] !== null;
  response[OUTCOME] = kind;
  if (kind === "completed") finishWhenEnded(response);
  else if (!wasOver) response[SCOPE].runInAsyncScope(lose, undefined, response);
}

/** `end()` was called and the engine has everything: whichever comes second leads to 'finish'. */
export function finishWhenEnded(response: Outgoing): void {
  if (!response.finished || response[OUTCOME] !== "completed") return;
  if (response[BODY] === null) process.nextTick(finish, response);
  else response[SCOPE].runInAsyncScope(nextTick, undefined, finish, response);
}

/** Called in the context of the request, so that what is called then is in it, too. */
export function nextTick(work: (response: Outgoing) => void, response: Outgoing): void {
  process.nextTick(work, response);
}

/** 'finish' with the socket already taken away, then the rest of the request is dropped, then 'close'. */
function finish(response: Outgoing): void {
  if (response._closed || response[DETACHED]) return;
  const request = response.req;
  const socket = request[SOCKET];
  response[DETACHED] = true;
  if (socket !== null) {
    socket._httpMessage = null;
    socket.quiet();
  }
  // Node's own listener of 'finish' does that, and comes first.
  if (request[READABLE] !== null) dump(request);
  const { _events: listeners } = response;
  if (listeners !== undefined && listeners["finish"] !== undefined) emitContained(response[AROUND], response, "finish");
  if (response._events === undefined) {
    response.destroyed = true;
    response._closed = true;
  } else process.nextTick(close, response);
}

/** req 'aborted', res 'close', socket 'close', then req 'error' where somebody listens, then req 'close'. */
function lose(response: Outgoing): void {
  if (response._closed) return;
  const request = response.req;
  const socket = request[SOCKET];
  const around = response[AROUND];
  const wasDestroyed = socket?.destroyed ?? true;
  socket?.close();
  response.destroyed = true;
  try {
    request.destroy(connectionReset());
  } catch (error) {
    around.report(error);
  }
  close(response);
  if (!wasDestroyed) emitContained(around, socket!, "close", false);
}

function close(response: Outgoing): void {
  if (response._closed) return;
  response.destroyed = true;
  response._closed = true;
  const { _events: listeners } = response;
  if (listeners !== undefined && listeners["close"] !== undefined) emitContained(response[AROUND], response, "close");
}
