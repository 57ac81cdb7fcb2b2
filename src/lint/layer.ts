// One linter and one request: who stands outside, who inside, and how far the exchange has come?

import { AsyncLocalStorage } from "node:async_hooks";
import type { Context } from "../contract.ts";
import type { BodyWatch } from "./body-watch.ts";
import type { Finding, Recorder } from "./violation.ts";

/** Under which a linted Context shows its layer: to linters further in, and to nobody else. */
const LAYER: unique symbol = Symbol("fsgi.lint");

/** What is running, for those who lost their Context on the way (M2), and for producers that go on (A5). */
export const running: AsyncLocalStorage<Layer> = new AsyncLocalStorage();

/** How an abort has to be answered: within one second (H25). */
export const REACTION_MS = 1_000;

/** What a layer saw go out. */
export interface Returned {
  readonly response: Response;
  readonly watch: BodyWatch | null;
  readonly contentLength: string | null;
  readonly etag: string | null;
  /** The size of a body that was not made from a stream, where the platform tells. */
  readonly knownSize: number | null;
}

export class Layer {
  readonly request: Request;
  readonly context: Context;
  readonly outer: Layer | null;
  readonly inner: Layer[] = [];
  returned: Returned | null = null;
  /** The handler has settled, well or not. */
  isSettled = false;
  end: "completed" | "aborted" | null = null;
  /** Work given to waitUntil() that has not settled (H51). */
  pendingWork = 0;
  errorCalls = 0;
  readonly #recorder: Recorder;
  /** One finding is told once for an exchange, by the linter that is nearest to its cause. */
  readonly #told: Set<string>;

  constructor(recorder: Recorder, request: Request, context: Context, outer: Layer | null) {
    this.#recorder = recorder;
    this.request = request;
    this.context = context;
    this.outer = outer;
    this.#told = outer === null ? new Set() : outer.#told;
    outer?.inner.push(this);
  }

  /** The party that called us. */
  get caller(): "host" | "middleware" {
    return this.outer === null ? "host" : "middleware";
  }

  /** The party that we called: something between two linters, or the handler itself. */
  get callee(): "handler" | "middleware" {
    return this.inner.length === 0 ? "handler" : "middleware";
  }

  /** @throws ServerError in the mode `throw` */
  found(finding: Finding): void {
    if (this.#isNew(finding)) this.#recorder.take(finding, describeRequest(this.request), false);
  }

  /** For what is found after the call: never throws. */
  foundLate(finding: Finding): void {
    if (this.#isNew(finding)) this.#recorder.take(finding, describeRequest(this.request), true);
  }

  #isNew({ id, message }: Finding): boolean {
    const key = `${id} ${message}`;
    if (this.#told.has(key)) return false;
    this.#told.add(key);
    return true;
  }
}

/** The layer that a Context came through, or `null` for one that no linter has seen. */
export function layerOf(context: unknown): Layer | null {
  if (typeof context !== "object" || context === null) return null;
  const layer: unknown = Reflect.get(context, LAYER);
  return layer instanceof Layer ? layer : null;
}

export function isLayerKey(key: PropertyKey): boolean {
  return key === LAYER;
}

function describeRequest(request: Request): string | null {
  const { method, url } = request;
  return URL.canParse(url) ? `${method} ${new URL(url).pathname}` : `${method} ${url}`;
}
