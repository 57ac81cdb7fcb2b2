// What happens to the content of a response, from its first chunk to its last? Duties of both sides.

import { types } from "node:util";
import { parseLength } from "../http/header-list.ts";
import type { RuleId } from "../spec/registry.ts";
import { BodyWatch } from "./body-watch.ts";
import { type Layer, REACTION_MS, type Returned } from "./layer.ts";
import { knownSize } from "./result.ts";

/** Starts to watch what the layer's handler returned. */
export function watchResponse(layer: Layer, response: Response): Returned {
  const { body, headers } = response;
  const declared = headers.get("content-length");
  const watcher = new ResponseWatcher(layer, declared, headers.get("content-encoding"), response.status);
  const watch = body === null || typeof body.getReader !== "function" ? null : BodyWatch.of(body, watcher);
  const size = body === null ? null : knownSize(response);
  if (size !== null) watcher.judgeLength(size, false);
  return { response, watch, contentLength: declared, etag: headers.get("etag"), knownSize: size };
}

class ResponseWatcher {
  readonly #layer: Layer;
  readonly #declared: number | null;
  readonly #coding: string | null;
  readonly #isBodiless: boolean;
  #isFirst = true;

  constructor(layer: Layer, declared: string | null, coding: string | null, status: number) {
    this.#layer = layer;
    this.#declared = declared === null ? null : parseLength(declared);
    this.#coding = coding;
    this.#isBodiless = layer.request.method === "HEAD" || status === 204 || status === 205 || status === 304;
  }

  pull(count: number): void {
    if (!this.#isBodiless || count < 2 || this.#layer.outer !== null) return;
    this.#host("H35", "The body of a response without content is read on.", "Cancel it unread.");
  }

  chunk(value: unknown, octets: number): void {
    if (!types.isUint8Array(value)) {
      const found = value === null ? "null" : `a chunk of type ${typeof value}`;
      this.#handler("A5", `The body gave ${found}.`, "Give Uint8Array: pipe text through a TextEncoderStream.");
      return;
    }
    if (value.byteLength === 0) this.#handler("A5", "The body gave an empty chunk.", "Leave it out.");
    if (this.#declared !== null && octets > this.#declared) this.judgeLength(octets, true);
    if (this.#isFirst && this.#coding !== null) this.#judgeCoding(this.#coding, value);
    this.#isFirst = false;
  }

  end(octets: number): void {
    if (!this.#isBodiless) this.judgeLength(octets, true);
  }

  changed(): void {
    this.#late("A5", "A chunk was changed after the body had given it.", "Give each chunk memory of its own.");
  }

  cancel(settled: Promise<unknown>): void {
    const timer = setTimeout(() => {
      this.#late("A5", "The source still works one second after its cancel.", "Stop it in cancel().");
    }, REACTION_MS);
    timer.unref();
    const stop = (): void => clearTimeout(timer);
    settled.then(stop, stop);
  }

  /** The number of octets and what was said of it. A middleware that kept the field of its inner handler is told so. */
  judgeLength(octets: number, isStream: boolean): void {
    const declared = this.#declared;
    if (declared === null || declared === octets) return;
    const isKept = this.#layer.inner.some(({ returned }) => returned?.contentLength === String(declared));
    const unit = isStream && octets > declared ? `at least ${octets}` : octets;
    const message = `The response announces ${declared} octets and has ${unit}.`;
    if (isKept) this.#handler("M6", message, "Remove content-length where the content is changed.");
    else this.#handler("A2", message, "Leave content-length out, or make it exact.");
  }

  /** A body that says gzip and is none was decoded on its way (A6). */
  #judgeCoding(coding: string, chunk: Uint8Array): void {
    if (!/^(?:x-)?gzip$/iu.test(coding) || chunk.byteLength < 2 || (chunk[0] === 0x1f && chunk[1] === 0x8b)) return;
    this.#layer.foundLate({
      id: "A6",
      party: this.#layer.callee,
      side: "handler",
      message: "The response says Content-Encoding: gzip, and its body is not.",
      advice: "Remove the field when the body was decoded.",
      level: "should",
    });
  }

  #handler(id: RuleId, message: string, advice: string): void {
    this.#layer.found({ id, party: this.#layer.callee, side: "handler", message, advice });
  }

  #late(id: RuleId, message: string, advice: string): void {
    this.#layer.foundLate({ id, party: this.#layer.callee, side: "handler", message, advice });
  }

  #host(id: RuleId, message: string, advice: string): void {
    this.#layer.foundLate({ id, party: this.#layer.caller, side: "host", message, advice });
  }
}
