// Our layer under `express.response`, and the responses of frameworks that never change a prototype.
//
// An object made here is an `http.ServerResponse` whose bytes go to an engine as one reply. Every member first asks whether
// the object is ours; a genuine one, on a genuine server with the same Express, is left to Node.

import { OutgoingMessage, ServerResponse } from "node:http";
import type { Outcome } from "../../src/internal.ts";
import {
  AROUND,
  BODY,
  CARRIER,
  type Carrier,
  DETACHED,
  ENDED,
  ERRORED,
  FIELDS,
  type Incoming,
  LENGTH,
  OUTCOME,
  type Outgoing,
  REASON,
  type Scope,
  SCOPE,
  SENT,
  SOCKET,
  STATUS,
  type Surroundings,
} from "./bridge-state.ts";
import { carrierEnded, socketOf } from "./connection-end.ts";
import { callNative, judge } from "./node-errors.ts";
import { HIGH_WATER_BYTES } from "./outgoing-body.ts";
import { fieldMethods, NODE_FIELDS, nodeFieldsAccessor, setHeaders } from "./outgoing-fields.ts";
import { writeHead } from "./outgoing-head.ts";
import { writeMethods } from "./outgoing-write.ts";

const native = ServerResponse.prototype;

export type OutgoingConstructor = new (
  carrier: Carrier,
  request: Incoming,
  around: Surroundings,
  scope: Scope,
) => Outgoing;

/** A constructor of responses that are born with `prototype`; see `incomingConstructor` for why it is written like this. */
export function outgoingConstructor(prototype: object): OutgoingConstructor {
  const Constructor = function (
    this: Outgoing,
    carrier: Carrier,
    request: Incoming,
    around: Surroundings,
    scope: Scope,
  ): void {
    this._events = undefined;
    this._eventsCount = 0;
    this.statusCode = 200;
    this.statusMessage = undefined as never;
    this.finished = false;
    this.destroyed = false;
    this.shouldKeepAlive = true;
    this._header = null;
    this._hasBody = carrier.method !== "HEAD";
    this._closed = false;
    this.req = request;
    this.locals = undefined;
    this[CARRIER] = carrier;
    this[FIELDS] = null;
    this[AROUND] = around;
    this[SCOPE] = scope;
    this[BODY] = null;
    this[SENT] = false;
    this[OUTCOME] = null;
    this[LENGTH] = -1;
    this[STATUS] = 200;
    this[REASON] = "";
    this[ERRORED] = null;
    this[DETACHED] = false;
  };
  Constructor.prototype = prototype;
  return Constructor as unknown as OutgoingConstructor;
}

type Members = Record<string, (this: Outgoing, ...args: never[]) => unknown>;

/** Calls Node's own method of that name on a genuine object, and `ours` on one of ours. */
function branded(key: string, ours: (this: Outgoing, ...args: never[]) => unknown): Members[string] {
  return function (this: Outgoing, ...args: never[]): unknown {
    if (this[CARRIER] !== undefined) return ours.apply(this, args);
    return Reflect.apply(Reflect.get(native, key) as () => unknown, this, args);
  };
}

function callLater(...args: unknown[]): void {
  const callback = args.findLast((one) => typeof one === "function");
  if (callback !== undefined) process.nextTick(callback as () => void);
}

/** What has no meaning where an engine frames the messages: accepted, and nothing happens (D4). */
const NO_OPERATIONS = ["cork", "uncork", "_flush", "_finish", "_flushOutput", "_onPendingData"];

/** 1xx replies are the engine's own business; their callbacks are called. */
const INFORMATIONAL = ["writeContinue", "writeProcessing", "writeEarlyHints"];

function lifeMethods(): Members {
  return {
    destroy(error?: Error) {
      if (this.destroyed) return this;
      this.destroyed = true;
      this[ERRORED] = error ?? null;
      socketOf(this.req).destroy(error);
      return this;
    },
    setTimeout(ms: number, callback?: () => void) {
      if (callback !== undefined) this.on("timeout", callback);
      if (!this[DETACHED]) socketOf(this.req).setTimeout(ms);
      return this;
    },
    /** Checked as Node checks them, and not sent: trailers have no place in a reply. */
    addTrailers(...trailers: never[]) {
      callNative("addTrailers", Object.create(judge()) as object, trailers);
    },
    assignSocket() {},
    detachSocket() {},
    _implicitHeader() {
      this.writeHead(this.statusCode);
    },
    _writeRaw(...args: never[]) {
      callLater(...args);
      return true;
    },
  };
}

/** Every method that replaces one of `ServerResponse`, by name. Each knows a genuine object when it gets one. */
export const outgoingMethods: Members = {
  ...fieldMethods,
  ...(writeMethods as unknown as Members),
  setHeaders: setHeaders as Members[string],
  writeHead: writeHead as Members[string],
  writeHeader: function (this: Outgoing, ...args: never[]) {
    return Reflect.apply(this.writeHead as () => unknown, this, args);
  },
  ...Object.fromEntries(Object.entries(lifeMethods()).map(([key, ours]) => [key, branded(key, ours)])),
  ...Object.fromEntries(NO_OPERATIONS.map((key) => [key, branded(key, () => undefined)])),
  ...Object.fromEntries(INFORMATIONAL.map((key) => [key, branded(key, callLater as never)])),
};

type Getter = (this: Outgoing) => unknown;

/** What is computed from our state where Node computes it from a socket. */
const GETTERS: Record<string, Getter> = {
  headersSent() {
    return this._header !== null;
  },
  writableEnded() {
    return this.finished;
  },
  writableFinished() {
    return this.finished && this[OUTCOME] === "completed";
  },
  writableLength() {
    return this[BODY]?.queuedBytes ?? 0;
  },
  writableHighWaterMark() {
    return HIGH_WATER_BYTES;
  },
  writableCorked() {
    return 0;
  },
  writableNeedDrain() {
    return !this.destroyed && !this.finished && this[BODY]?.needDrain === true;
  },
  errored() {
    return this[ERRORED];
  },
  closed() {
    return this._closed;
  },
  outputSize() {
    return this[BODY]?.queuedBytes ?? 0;
  },
  _headerSent() {
    return this[SENT];
  },
};

function getter(key: string, ours: Getter): PropertyDescriptor & ThisType<Outgoing> {
  const theirs = Object.getOwnPropertyDescriptor(OutgoingMessage.prototype, key);
  return {
    configurable: true,
    get() {
      return this[CARRIER] === undefined ? theirs?.get?.call(this) : ours.call(this);
    },
    set(value: unknown) {
      Object.defineProperty(this, key, { value, writable: true, enumerable: true, configurable: true });
    },
  };
}

/** What Node's responses have as their own and ours get from here. */
export const OUTGOING_DEFAULTS: Readonly<Record<string, unknown>> = {
  sendDate: true,
  writable: true,
  chunkedEncoding: false,
  useChunkedEncodingByDefault: true,
  strictContentLength: false,
  maxRequestsOnConnectionReached: false,
  outputData: Object.freeze([]),
  _contentLength: null,
  _last: false,
  _trailer: "",
  _sent100: false,
  _expect_continue: false,
  _removedTE: false,
  _removedContLen: false,
  _removedConnection: false,
};

const socket: PropertyDescriptor & ThisType<Outgoing> = {
  configurable: true,
  get() {
    if (this[CARRIER] === undefined) return undefined;
    return this[DETACHED] ? null : socketOf(this.req);
  },
  set(value: unknown) {
    if (this[CARRIER] !== undefined) this.req[SOCKET] = value as Incoming[typeof SOCKET];
    else Object.defineProperty(this, "socket", { value, writable: true, enumerable: true, configurable: true });
  },
};

const connection: PropertyDescriptor & ThisType<Outgoing> = {
  configurable: true,
  get() {
    return this.socket;
  },
  set(value: Outgoing["socket"]) {
    this.socket = value;
  },
};

function ended(this: Outgoing, outcome: Outcome): void {
  carrierEnded(this, outcome);
}

function layer(): object {
  const members: PropertyDescriptorMap = {
    constructor: { value: ServerResponse, writable: true, configurable: true },
    socket,
    connection,
    [ENDED]: { value: ended },
    [NODE_FIELDS]: nodeFieldsAccessor,
  };
  for (const [key, ours] of Object.entries(GETTERS)) members[key] = getter(key, ours);
  for (const [key, value] of Object.entries({ ...outgoingMethods, ...OUTGOING_DEFAULTS })) {
    members[key] = { value, writable: true, configurable: true, enumerable: false };
  }
  return Object.create(native, members) as object;
}

/** Goes between `express.response` and `http.ServerResponse.prototype`. */
export const outgoingLayer: object = layer();

/** For responses that carry everything themselves (armoured ones). */
export { ended };
