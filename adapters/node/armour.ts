// Requests and responses for listeners we know nothing of: such a function may hand them to an Express that we never saw,
// which gives them other prototypes. So nothing they need hangs on a prototype of ours.

import { IncomingMessage, ServerResponse } from "node:http";
import {
  BODY,
  CARRIER,
  type Carrier,
  DETACHED,
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
import {
  ended,
  OUTGOING_DEFAULTS,
  type OutgoingConstructor,
  outgoingConstructor,
  outgoingMethods,
} from "./outgoing.ts";
import { NODE_FIELDS, useNodeFields } from "./outgoing-fields.ts";
import { judge } from "./node-errors.ts";

/** What Node keeps under keys of its own in every response. */
const INNER = Object.getOwnPropertySymbols(judge()).filter((symbol) => symbol !== NODE_FIELDS);
const NEED_DRAIN = INNER.find(({ description }) => description === "kNeedDrain");
const INNER_VALUES = INNER.map((symbol) => (judge() as unknown as Record<symbol, unknown>)[symbol]);

const ours = outgoingMethods;
const theirs = OUTGOING_DEFAULTS;

type BareOutgoing = new (...parts: ConstructorParameters<OutgoingConstructor>) => object;

/**
 * A response in which whatever sends is its own property; fields are kept by Node's own methods in Node's own store.
 *
 * Named one by one, because V8 lays out an object by the assignments it finds: sixty assignments in a loop cost more than all
 * the rest of such a request.
 */
class ArmouredOutgoing extends (outgoingConstructor(ServerResponse.prototype) as unknown as BareOutgoing) {
  write = ours["write"];
  end = ours["end"];
  flushHeaders = ours["flushHeaders"];
  _send = ours["_send"];
  writeHead = ours["writeHead"];
  writeHeader = ours["writeHeader"];
  destroy = ours["destroy"];
  setTimeout = ours["setTimeout"];
  addTrailers = ours["addTrailers"];
  assignSocket = ours["assignSocket"];
  detachSocket = ours["detachSocket"];
  _implicitHeader = ours["_implicitHeader"];
  _writeRaw = ours["_writeRaw"];
  cork = ours["cork"];
  uncork = ours["uncork"];
  _flush = ours["_flush"];
  _finish = ours["_finish"];
  _flushOutput = ours["_flushOutput"];
  _onPendingData = ours["_onPendingData"];
  writeContinue = ours["writeContinue"];
  writeProcessing = ours["writeProcessing"];
  writeEarlyHints = ours["writeEarlyHints"];
  sendDate = theirs["sendDate"];
  writable = theirs["writable"];
  chunkedEncoding = theirs["chunkedEncoding"];
  useChunkedEncodingByDefault = theirs["useChunkedEncodingByDefault"];
  strictContentLength = theirs["strictContentLength"];
  maxRequestsOnConnectionReached = theirs["maxRequestsOnConnectionReached"];
  outputData = theirs["outputData"];
  _contentLength = theirs["_contentLength"];
  _last = theirs["_last"];
  _trailer = theirs["_trailer"];
  _sent100 = theirs["_sent100"];
  _expect_continue = theirs["_expect_continue"];
  _removedTE = theirs["_removedTE"];
  _removedContLen = theirs["_removedContLen"];
  _removedConnection = theirs["_removedConnection"];
  outputSize = 0;
  _headerSent = false;
  [ENDED] = ended;
}

const NEED_DRAIN_PROPERTY: PropertyDescriptor & ThisType<Outgoing> = {
  configurable: true,
  get() {
    return this[BODY]?.needDrain === true;
  },
  set: ignore,
};

const RESPONSE_SOCKET: PropertyDescriptor & ThisType<Outgoing> = {
  configurable: true,
  enumerable: true,
  get() {
    return this[DETACHED] ? null : socketOf(this.req);
  },
  set: ignore,
};

/** Made when somebody looks: most listeners never do. */
const REQUEST_SOCKET: PropertyDescriptor & ThisType<Incoming> = {
  configurable: true,
  enumerable: true,
  get() {
    return socketOf(this);
  },
  set(value: Incoming[typeof SOCKET]) {
    this[SOCKET] = value;
  },
};

/** A genuine `IncomingMessage`, fed by `carrier`. */
export function armouredIncoming(carrier: Carrier): Incoming {
  const request = new IncomingMessage(undefined as never) as unknown as Incoming & {
    upgrade: boolean;
    _addHeaderLines(lines: readonly string[], count: number): void;
    _readableState: { readingMore: boolean };
  };
  const { fields } = carrier;
  request.url = carrier.target;
  request.method = carrier.method;
  request.httpVersion = "1.1";
  request.httpVersionMajor = 1;
  request.httpVersionMinor = 1;
  request.upgrade = false;
  request._addHeaderLines(fields, fields.length);
  request.complete = false;
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

/** A `ServerResponse` that needs nothing of its prototype. */
export function armouredOutgoing(carrier: Carrier, request: Incoming, around: Surroundings, scope: Scope): Outgoing {
  const response = new ArmouredOutgoing(carrier, request, around, scope) as unknown as Outgoing;
  useNodeFields(response);
  request[RESPONSE] = response;
  for (let i = 0; i < INNER.length; i++) {
    (response as unknown as Record<symbol, unknown>)[INNER[i]!] = INNER_VALUES[i];
  }
  if (NEED_DRAIN !== undefined) Object.defineProperty(response, NEED_DRAIN, NEED_DRAIN_PROPERTY);
  Object.defineProperty(response, "socket", RESPONSE_SOCKET);
  Object.defineProperty(request, "socket", REQUEST_SOCKET);
  Object.defineProperty(request, "client", REQUEST_SOCKET);
  return response;
}

function ignore(): void {}
