// How is the content of a request read? The Request stays the same object; its own methods are covered on it.

import { parseContentLength } from "../http/framing.ts";
import { BodyWatch } from "./body-watch.ts";
import type { Layer } from "./layer.ts";

const READERS = ["text", "json", "arrayBuffer", "bytes", "blob", "formData"] as const;

const watched = new WeakSet<object>();

/** Watches the reading of the layer's request; once for each Request, however many linters it passes. */
export function watchRequest(layer: Layer): void {
  const { request } = layer;
  if (watched.has(request) || request.method === "GET" || request.method === "HEAD") return;
  watched.add(request);
  for (const name of READERS) coverReader(layer, name);
  coverBody(layer);
}

function coverReader(layer: Layer, name: (typeof READERS)[number]): void {
  const { request } = layer;
  const read: unknown = Reflect.get(request, name);
  if (typeof read !== "function") return;
  const value = (): Promise<unknown> => {
    judgeSecondRead(layer);
    const result = Reflect.apply(read, request, []) as Promise<unknown>;
    if (name === "arrayBuffer" || name === "bytes" || name === "blob") result.then(judgeWhole(layer), () => {});
    return result;
  };
  Object.defineProperty(request, name, { value, configurable: true, writable: true });
}

/** The body is not touched before the handler asks for it: that would cost the lazy Request its laziness. */
function coverBody(layer: Layer): void {
  const { request } = layer;
  const owner = descriptorOwner(request);
  if (owner === null || owner === request) return;
  const get = (): ReadableStream<unknown> | null => {
    const body = Reflect.get(owner, "body", request) as ReadableStream<unknown> | null;
    if (body !== null && !watched.has(body)) {
      watched.add(body);
      BodyWatch.of(body, {
        end: (octets) => judgeLength(layer, octets),
        fail: (error) => judgeReason(layer, error),
      });
    }
    return body;
  };
  Object.defineProperty(request, "body", { get, configurable: true });
}

function descriptorOwner(request: object): object | null {
  for (let owner: object | null = request; owner !== null; owner = Object.getPrototypeOf(owner) as object | null) {
    if (Object.hasOwn(owner, "body")) return owner;
  }
  return null;
}

function judgeSecondRead(layer: Layer): void {
  const { request } = layer;
  if (!request.bodyUsed || request.body === null) return;
  layer.found({
    id: "H15",
    party: layer.callee,
    side: "handler",
    message: "The body of the request is read a second time.",
    advice: "Read it once and keep the result, or clone() the request before.",
  });
}

function judgeWhole(layer: Layer): (result: unknown) => void {
  return (result) => {
    const { byteLength, size } = result as { byteLength?: number; size?: number };
    judgeLength(layer, byteLength ?? size ?? 0);
  };
}

function judgeLength(layer: Layer, octets: number): void {
  const declared = layer.request.headers.get("content-length");
  if (declared === null || parseContentLength(declared) === octets) return;
  layer.foundLate({
    id: "H20",
    party: layer.caller,
    side: "host",
    message: `The body of the request ended cleanly after ${octets} of ${declared} octets.`,
    advice: "Let reads of a body that is not whole reject.",
  });
}

function judgeReason(layer: Layer, error: unknown): void {
  const { signal } = layer.request;
  if (!signal.aborted || error === signal.reason) return;
  layer.foundLate({
    id: "H25",
    party: layer.caller,
    side: "host",
    message: "A read failed with another reason than the signal aborted with.",
    advice: "Reject pending reads with signal.reason.",
  });
}
