// Requests and responses for listeners we know nothing of: such a function may hand them to an Express that we never saw,
// which gives them other prototypes. So nothing they need hangs on a prototype of ours.

import { IncomingMessage, ServerResponse } from "node:http";
import {
  BODY,
  CARRIER,
  type Carrier,
  ENDED,
  HEADERS,
  type Incoming,
  type Outgoing,
  READABLE,
  RESPONSE,
  type Scope,
  SOCKET,
  type Surroundings,
} from "./bridge-state.ts";
import { socketOf } from "./connection-end.ts";
import { streamMethods } from "./incoming.ts";
import { ended, OUTGOING_DEFAULTS, outgoingConstructor, outgoingMethods } from "./outgoing.ts";
import { fieldMethods, NODE_FIELDS, useNodeFields } from "./outgoing-fields.ts";
import { judge } from "./node-errors.ts";

const ArmouredOutgoing = outgoingConstructor(ServerResponse.prototype);

/** Methods an armoured response has as its own; fields are kept by Node's own methods in Node's own store. */
const OWN = Object.entries(outgoingMethods).filter(([key]) => !(key in fieldMethods) && key !== "setHeaders");

/** What Node keeps under keys of its own in every response. */
const INNER = Object.getOwnPropertySymbols(judge()).filter((symbol) => symbol !== NODE_FIELDS);
const NEED_DRAIN = INNER.find(({ description }) => description === "kNeedDrain");

/** A genuine `IncomingMessage`, fed by `carrier`. */
export function armouredIncoming(carrier: Carrier): Incoming {
  const request = new IncomingMessage(undefined as never) as unknown as Incoming & {
    _addHeaderLines(lines: readonly string[], count: number): void;
    _readableState: { readingMore: boolean };
  };
  const { fields } = carrier;
  request.url = carrier.target;
  request.method = carrier.method;
  Object.assign(request, { httpVersion: "1.1", httpVersionMajor: 1, httpVersionMinor: 1, upgrade: false });
  request._addHeaderLines(fields, fields.length);
  request.complete = carrier.body === null;
  request[CARRIER] = carrier;
  request[HEADERS] = null;
  request[READABLE] = request._readableState;
  // Node's constructor sets it for its parser, which pushes unasked; we are asked.
  request._readableState.readingMore = false;
  request[SOCKET] = null;
  request[RESPONSE] = null as never;
  request._read = streamMethods._read;
  request._destroy = streamMethods._destroy as never;
  return request;
}

/** A `ServerResponse` in which whatever sends is its own property. */
export function armouredOutgoing(carrier: Carrier, request: Incoming, around: Surroundings, scope: Scope): Outgoing {
  const response = new ArmouredOutgoing(carrier, request, around, scope);
  useNodeFields(response);
  request[RESPONSE] = response;
  for (const [key, method] of OWN) (response as unknown as Record<string, unknown>)[key] = method;
  Object.assign(response, OUTGOING_DEFAULTS, { outputSize: 0, _headerSent: false });
  for (const key of INNER) {
    (response as unknown as Record<symbol, unknown>)[key] = (judge() as unknown as Record<symbol, unknown>)[key];
  }
  if (NEED_DRAIN !== undefined) {
    Object.defineProperty(response, NEED_DRAIN, {
      configurable: true,
      get: () => response[BODY]?.needDrain === true,
      set: ignore,
    });
  }
  const socket = socketOf(request);
  request.socket = socket;
  (request as unknown as Record<string, unknown>)["client"] = socket;
  Object.defineProperty(response, "socket", {
    configurable: true,
    enumerable: true,
    get: () => (socket._httpMessage === null ? null : socket),
    set: ignore,
  });
  response[ENDED] = ended;
  return response;
}

function ignore(): void {}
