// Our layer under `express.request`, and the requests of frameworks that never change a prototype.
//
// An object made here is an `http.IncomingMessage` that has become no stream yet: it is one from the moment that anybody
// looks at its readable side. Every member first asks whether the object is ours; a genuine one is left to Node.

import { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import {
  CARRIER,
  type Carrier,
  DETACHED,
  HEADERS,
  type Incoming,
  OUTCOME,
  READABLE,
  RESPONSE,
  SOCKET,
} from "./bridge-state.ts";
import { distinctFields, joinedFields } from "./incoming-fields.ts";
import { dump, readMore } from "./incoming-body.ts";
import { socketOf } from "./connection-end.ts";

const native = IncomingMessage.prototype;

/** Bytes kept for a reader that is slow, before the client has to wait. */
const STREAM_OPTIONS = { highWaterMark: 64 * 1024 };

export type IncomingConstructor = new (carrier: Carrier) => Incoming;

/**
 * A constructor of requests that are born with `prototype`.
 *
 * What is assigned here and how decides the speed of everything after it: V8 reserves room by the assignments it finds in
 * the constructor itself, and Express's own fields get their place before they have a value. `originalUrl` and `baseUrl`
 * must not be strings, which parseurl and serve-static take for "already set".
 */
export function incomingConstructor(prototype: object): IncomingConstructor {
  const Constructor = function (this: Incoming, carrier: Carrier): void {
    this._events = undefined;
    this._eventsCount = 0;
    this.url = carrier.target;
    this.method = carrier.method;
    this.complete = false;
    this._consuming = false;
    this[CARRIER] = carrier;
    this[HEADERS] = null;
    this[READABLE] = null;
    this[SOCKET] = null;
    this[RESPONSE] = null as never;
    this.res = undefined;
    this.next = undefined;
    this.baseUrl = undefined;
    this.originalUrl = undefined;
    this._parsedUrl = undefined;
    this.params = undefined;
    this.route = undefined;
    this.body = undefined;
  };
  Constructor.prototype = prototype;
  return Constructor as unknown as IncomingConstructor;
}

type Accessor<Value> = PropertyDescriptor & ThisType<Incoming & Record<PropertyKey, unknown>> & { get(): Value };

function genuine(key: string): PropertyDescriptor {
  return Object.getOwnPropertyDescriptor(native, key) ?? {};
}

/** What assigning to a property does that Node's own requests have as their own. */
function own(request: object, key: string, value: unknown): void {
  Object.defineProperty(request, key, { value, writable: true, enumerable: true, configurable: true });
}

/** A property computed from the fields; assigning to it replaces it. */
function derived(key: string, compute: (carrier: Carrier) => unknown): Accessor<unknown> {
  const theirs = genuine(key);
  return {
    configurable: true,
    get() {
      const carrier = this[CARRIER];
      return carrier === undefined ? theirs.get?.call(this) : compute(carrier);
    },
    set(value: unknown) {
      if (this[CARRIER] === undefined && theirs.set !== undefined) theirs.set.call(this, value);
      else own(this, key, value);
    },
  };
}

const headers: Accessor<unknown> = {
  configurable: true,
  enumerable: true,
  get() {
    const carrier = this[CARRIER];
    if (carrier === undefined) return genuine("headers").get?.call(this);
    this[HEADERS] ??= joinedFields(carrier.fields);
    return this[HEADERS];
  },
  set(value: NodeJS.Dict<string | string[]>) {
    if (this[CARRIER] === undefined) genuine("headers").set?.call(this, value);
    else this[HEADERS] = value;
  },
};

const socket: Accessor<unknown> = {
  configurable: true,
  get() {
    return this[CARRIER] === undefined ? undefined : socketOf(this);
  },
  set(value: unknown) {
    if (this[CARRIER] === undefined) own(this, "socket", value);
    else this[SOCKET] = value as Incoming[typeof SOCKET];
  },
};

/** The first look at the readable side makes it: a GET that nobody reads never pays for a stream. */
const readableState: Accessor<unknown> = {
  configurable: true,
  get() {
    if (this[CARRIER] === undefined) return undefined;
    if (this[READABLE] === null) {
      Reflect.apply(Readable, this, [STREAM_OPTIONS]);
      // Whatever nobody read was dropped with the end of the response.
      if (this[RESPONSE][DETACHED]) dump(this);
    }
    return this[READABLE];
  },
  set(value: object) {
    if (this[CARRIER] === undefined) own(this, "_readableState", value);
    else this[READABLE] = value;
  },
};

function alias(key: string): PropertyDescriptor & ThisType<Record<string, unknown>> {
  return {
    configurable: true,
    get() {
      return this["socket"];
    },
    set(value: unknown) {
      if (key === "connection") this["socket"] = value;
      else own(this, key, value);
    },
  };
}

/** Replaces `IncomingMessage.prototype._read` and `_destroy`, for the layer and for armoured requests alike. */
export const streamMethods: Pick<Incoming, "_read" | "_destroy"> = {
  _read: function (this: Incoming, size: number): void {
    if (this[CARRIER] === undefined) {
      native._read.call(this, size);
      return;
    }
    this._consuming = true;
    readMore(this);
  },

  /** Before the end of the body this is an abort, and takes the connection with it (as in Node). */
  _destroy: function (this: Incoming, error: Error | null, callback: (error?: Error | null) => void): void {
    if (this[CARRIER] === undefined) {
      native._destroy.call(this, error, callback);
      return;
    }
    if ((!this.readableEnded || !this.complete) && !this.aborted) {
      this.aborted = true;
      this.emit("aborted");
      if (this[RESPONSE][OUTCOME] === null) socketOf(this).destroy(error ?? undefined);
    }
    // An error that nobody listens for is none: clients leave all the time.
    const told = error !== null && this.listenerCount("error") > 0 ? error : null;
    process.nextTick(callback, told);
  },
};

/** What Node's requests have as their own and ours get from here. */
const DEFAULTS = {
  httpVersionMajor: 1,
  httpVersionMinor: 1,
  httpVersion: "1.1",
  aborted: false,
  upgrade: false,
  _dumped: false,
  statusCode: null,
  statusMessage: null,
  joinDuplicateHeaders: false,
} as const;

function layer(): object {
  const members: PropertyDescriptorMap = {
    constructor: { value: IncomingMessage, writable: true, configurable: true },
    headers,
    headersDistinct: derived("headersDistinct", ({ fields }) => distinctFields(fields)),
    rawHeaders: derived("rawHeaders", ({ fields }) => fields),
    trailers: derived("trailers", () => ({})),
    trailersDistinct: derived("trailersDistinct", () => Object.create(null) as object),
    rawTrailers: derived("rawTrailers", () => []),
    socket,
    connection: alias("connection"),
    client: alias("client"),
    _readableState: readableState,
  };
  for (const [key, value] of Object.entries({ ...streamMethods, ...DEFAULTS })) {
    members[key] = { value, writable: true, configurable: true, enumerable: typeof value !== "function" };
  }
  return Object.create(native, members) as object;
}

/** Goes between `express.request` and `http.IncomingMessage.prototype`. */
export const incomingLayer: object = layer();
