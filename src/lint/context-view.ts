// A Context as a handler sees it under the linter: the same members, with an ear at those that can be misused.

import type { Context, UpgradeOptions } from "../contract.ts";
import { isLayerKey, type Layer } from "./layer.ts";

type Member = (...args: unknown[]) => unknown;

/**
 * A view of the layer's Context. Every member is read from the Context itself, so that classes with private fields work;
 * what is set on the view is set there. The view stands on an empty object, not on the Context: a frozen one would forbid
 * to show anything else than it has.
 */
export function contextView(layer: Layer): Context {
  const { context } = layer;
  const methods = new Map<PropertyKey, { readonly original: unknown; readonly shown: Member }>();
  const shown = (key: PropertyKey): unknown => {
    const original: unknown = Reflect.get(context, key, context);
    if (typeof original !== "function" || key === "constructor") return original;
    const known = methods.get(key);
    if (known?.original === original) return known.shown;
    const method = covered(key, (...args) => Reflect.apply(original, context, args) as unknown, layer);
    methods.set(key, { original, shown: method });
    return method;
  };
  return new Proxy(Object.create(Object.getPrototypeOf(context) as object) as Context, {
    get: (_view, key) => (isLayerKey(key) ? layer : shown(key)),
    set: (_view, key, value) => Reflect.set(context, key, value, context),
    has: (_view, key) => Reflect.has(context, key),
    ownKeys: () => Reflect.ownKeys(context),
    getOwnPropertyDescriptor(_view, key) {
      const found = Object.getOwnPropertyDescriptor(context, key);
      if (found === undefined) return undefined;
      return { value: shown(key), writable: true, enumerable: found.enumerable === true, configurable: true };
    },
  });
}

function covered(key: PropertyKey, method: Member, layer: Layer): Member {
  switch (key) {
    case "waitUntil":
      return (work) => {
        judgeWork(work, layer);
        return method(work);
      };
    case "upgradeWebSocket":
      return (options) => {
        judgeProtocol((options as UpgradeOptions | undefined)?.protocol, layer);
        return method(options);
      };
    case "sendInformational":
      return (status, fields) => {
        judgeInformational(status, layer);
        return method(status, fields);
      };
    default:
      return method;
  }
}

function judgeWork(work: unknown, layer: Layer): void {
  const { then } = Object(work) as { then?: unknown };
  if (typeof then !== "function") {
    layer.found({
      id: "H51",
      party: layer.callee,
      side: "handler",
      message: `waitUntil() was given ${work === null ? "null" : `a ${typeof work}`}.`,
      advice: "Give it the promise of the work: call the async function.",
    });
    return;
  }
  if (layer.end !== null && layer.pendingWork === 0) {
    layer.found({
      id: "H51",
      party: layer.callee,
      side: "handler",
      message: "waitUntil() was called after the exchange had ended.",
      advice: "Call it before the response has been sent, or from work that it was given before.",
    });
  }
  layer.pendingWork += 1;
  const done = (): void => {
    layer.pendingWork -= 1;
  };
  Promise.resolve(work).then(done, done);
}

function judgeProtocol(protocol: string | undefined, layer: Layer): void {
  if (protocol === undefined || protocol === "") return;
  const { headers } = layer.request;
  const field = headers.get("sec-websocket-protocol");
  // Without an offer nothing is chosen, and the answer is 426 (H57).
  if (field === null && !headers.has("sec-websocket-key")) return;
  const offered = (field ?? "").split(",").map((name) => name.trim());
  if (offered.includes(protocol)) return;
  layer.found({
    id: "A9",
    party: layer.callee,
    side: "handler",
    message: `The upgrade chose the subprotocol "${protocol}", which the client did not offer.`,
    advice: "Choose one of those in Sec-WebSocket-Protocol, or none.",
  });
}

function judgeInformational(status: unknown, layer: Layer): void {
  if (typeof status === "number" && Number.isInteger(status) && status >= 100 && status <= 199 && status !== 101)
    return;
  layer.found({
    id: "H65",
    party: layer.callee,
    side: "handler",
    message: `sendInformational() was given the status ${String(status)}.`,
    advice: "Give it 102 to 199, such as 103.",
  });
}
