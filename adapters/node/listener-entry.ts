// An exchange comes in, and the listener is called with a request and a response: the one door of the bridge.

import type { Exchange, NativeEntry } from "../../src/internal.ts";
import { armouredIncoming, armouredOutgoing } from "./armour.ts";
import { type Carrier, type Outgoing, RESPONSE, type Scope, type Surroundings } from "./bridge-state.ts";
import { carrierAborted } from "./connection-end.ts";
import { failListener } from "./listener-failure.ts";
import { type ExpressApp, expressPair, type Pair, plainPair } from "./splice.ts";

/** What node:http calls for each request. */
export type Listener = (request: never, response: never) => unknown;

type Create = (carrier: Carrier, around: Surroundings, scope: Scope) => Outgoing;

/** How a listener treats the objects it is given. */
export type Manner =
  | { readonly kind: "express"; readonly app: ExpressApp }
  /** Never gives them another prototype. */
  | { readonly kind: "plain" }
  /** May do anything. */
  | { readonly kind: "unknown" };

/** Calls `listener` for one exchange. */
export type BridgeEntry = (carrier: Carrier, around: Surroundings, scope: Scope) => void;

export function bridgeEntry(listener: Listener, manner: Manner): BridgeEntry {
  let create: Create | null = null;
  return (carrier, around, scope) => {
    // At the first request and not before: where Node's own objects are used, no prototype is touched.
    create ??= creator(manner);
    const response = create(carrier, around, scope);
    carrier.attachment = response;
    carrier.onAbort = carrierAborted;
    const request = response.req;
    call(listener, request as never, response as never, (error) => failListener(response, error));
    // As with Node's parser, which sees the end of a message without a body when the listener has returned.
    if (carrier.body === null) request.complete = true;
  };
}

/** For hosts of ours: no Request and no Response is made, and on node:http not even our own pair. */
export function nativeEntry(listener: Listener, enter: BridgeEntry, nodePrototypes: ManneredPrototypes): NativeEntry {
  const native: NativeEntry = (exchange: Exchange, around: Surroundings, scope: Scope) => {
    const genuine = exchange.handOver?.();
    if (genuine == null) enter(exchange, around, scope);
    else call(listener, genuine.request as never, genuine.response as never, (error) => genuine.fail(error));
  };
  return Object.assign(native, { nodePrototypes });
}

/** See `NativeEntry.nodePrototypes`. */
export type ManneredPrototypes = NonNullable<NativeEntry["nodePrototypes"]>;

export function prototypesOf(manner: Manner): ReturnType<ManneredPrototypes> {
  if (manner.kind !== "express") return null;
  const { request, response } = manner.app;
  return { request, response };
}

function call(listener: Listener, request: never, response: never, failed: (error: unknown) => void): void {
  try {
    const result = listener(request, response);
    if (isThenable(result)) result.then(undefined, failed);
  } catch (error) {
    failed(error);
  }
}

function creator(manner: Manner): Create {
  if (manner.kind === "unknown") {
    return (carrier, around, scope) => armouredOutgoing(carrier, armouredIncoming(carrier), around, scope);
  }
  return fromPair(manner.kind === "express" ? expressPair(manner.app) : plainPair);
}

function fromPair({ Incoming, Outgoing }: Pair): Create {
  return (carrier, around, scope) => {
    const request = new Incoming(carrier);
    const response = new Outgoing(carrier, request, around, scope);
    request[RESPONSE] = response;
    return response;
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
