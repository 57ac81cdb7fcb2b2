// Does a handler keep the contract, and does its host? A wrapper that knows SPEC.md by heart and changes nothing.

import { appFrom } from "./app.ts";
import type { App, Boot, Context, Handler, StopInfo } from "./contract.ts";
import { judgeCall } from "./lint/call.ts";
import { contextView } from "./lint/context-view.ts";
import { followEnd } from "./lint/ending.ts";
import { Layer, layerOf, running } from "./lint/layer.ts";
import { watchProducers } from "./lint/producers.ts";
import { watchRequest } from "./lint/request-watch.ts";
import { watchResponse } from "./lint/response-watch.ts";
import { judgeFreshness, judgeResult } from "./lint/result.ts";
import { type LintOptions, Recorder, type Violation } from "./lint/violation.ts";

export { describeViolation, onceEach, type LintOptions, type Violation } from "./lint/violation.ts";

const recorders = new WeakMap<object, Recorder>();

/**
 * A handler or app that behaves as the one it wraps, and says where either side breaks SPEC.md.
 *
 * Linters nest: around a middleware and inside of it, they tell the faults of the middleware from those of the handler.
 * Nothing is replaced: Response, Request and streams keep their identity, and a synchronous handler stays one. While a
 * linter watches, hosts lose their shortcuts for some bodies, so it is meant for development and tests.
 *
 * @throws ServerError `ERR_APP_INVALID` for what is no handler and no app (T2)
 */
export function lint(handler: Handler, options?: LintOptions): Handler;
export function lint(app: object, options?: LintOptions): App;
export function lint(app: object, options: LintOptions = {}): Handler | App {
  watchProducers();
  const recorder = new Recorder(options);
  const linter = new Linter(appFrom(app), recorder);
  const linted = typeof app === "function" && !("fetch" in app) ? linter.handler(app.length) : linter.app();
  recorders.set(linted, recorder);
  return linted;
}

/** What a linter in the mode `collect` has kept so far, oldest first. */
export function violationsOf(linted: Handler | App): readonly Violation[] {
  return recorders.get(linted)?.kept ?? [];
}

class Linter {
  private readonly target: App;
  private readonly recorder: Recorder;
  /** Requests and Responses that came by: none may come twice (H18, A1). */
  private readonly requests = new WeakMap<Request, Layer>();
  private readonly responses = new WeakSet<object>();
  private life: "new" | "starting" | "running" | "stopped" = "new";

  constructor(target: App, recorder: Recorder) {
    this.target = target;
    this.recorder = recorder;
  }

  handler(length: number): Handler {
    const handler = (...args: [Request, Context]): Response | PromiseLike<Response> =>
      this.call(args[0], args[1], args.length);
    // A host may look at it: a handler that declares the context can ask for the peer at any time.
    return Object.defineProperty(handler, "length", { value: length });
  }

  app(): App {
    const { target } = this;
    return {
      fetch: this.handler(target.fetch.length),
      ...(target.start !== undefined && { start: (boot: Boot) => this.start(boot) }),
      ...((target.stop !== undefined || target.start !== undefined) && { stop: (info: StopInfo) => this.stop(info) }),
      ...(target.error !== undefined && {
        error: (error: unknown, request: Request, context: Context) => this.error(error, request, context),
      }),
    };
  }

  private call(request: Request, context: Context, count: number): Response | PromiseLike<Response> {
    if (!this.isCalled(request, context, count)) return this.target.fetch(request, context);
    const layer = new Layer(this.recorder, request, context, layerOf(context));
    this.recorder.check(() => {
      this.judgeRepeat(layer);
      this.requests.set(request, layer);
      judgeCall(layer);
      if (this.target.start !== undefined && this.life !== "running") this.judgeLife(layer);
      watchRequest(layer);
      followEnd(layer);
    });
    const result = running.run(layer, () => this.target.fetch(request, contextView(layer)));
    return this.settled(layer, result);
  }

  /** What error() gives may also be nothing (H46). */
  private settled(
    layer: Layer,
    result: Response | PromiseLike<Response>,
    isOptional = false,
  ): Response | PromiseLike<Response> {
    const judge = (response: Response): Response =>
      isOptional && response === undefined ? response : this.judged(layer, response);
    if (typeof (result as Partial<PromiseLike<Response>> | undefined)?.then !== "function") {
      return judge(result as Response);
    }
    return Promise.resolve(result).then(judge, (error: unknown) => {
      layer.isSettled = true;
      throw error;
    });
  }

  private judged(layer: Layer, response: Response): Response {
    layer.isSettled = true;
    try {
      this.recorder.check(() => {
        if (!judgeResult(layer, response)) return;
        judgeFreshness(layer, response, this.responses);
        layer.returned = watchResponse(layer, response);
      });
      return response;
    } catch (violation) {
      // Thrown in the place of the Response, whose source nobody will cancel otherwise (M5).
      const { body } = Object(response) as { body?: ReadableStream | null };
      if (body != null && !body.locked) body.cancel(violation).catch(() => {});
      throw violation;
    }
  }

  /** False when there is no exchange to watch, because the caller passed no Request or no Context. */
  private isCalled(request: unknown, context: unknown, count: number): boolean {
    const outer = running.getStore();
    const isRequest = typeof request === "object" && request !== null;
    const isContext = typeof context === "object" && context !== null;
    const isDropped = outer !== undefined && outer.request === request && layerOf(context) === null;
    if (isDropped) {
      outer.found(droppedContext(isContext));
    } else if (count !== 2 || !isRequest || !isContext) {
      const message = `The handler was called with ${count} arguments, ${isRequest ? "" : "no Request, "}${isContext ? "" : "no Context"}.`;
      const advice = "Call it with a Request and a Context.";
      const party = outer === undefined ? "host" : "middleware";
      this.recorder.take({ id: "T1", party, side: "host", message, advice }, null, false);
    }
    return isRequest && isContext;
  }

  private judgeRepeat(layer: Layer): void {
    const { outer, request } = layer;
    const advice = "Make a Request for each call, or call once.";
    if (outer?.isSettled === true) {
      const message = "The inner handler was called after the middleware had returned.";
      layer.found({ id: "M4", party: "middleware", side: "host", message, advice });
    }
    const before = this.requests.get(request);
    if (before === undefined || (outer !== null && request.body === null)) return;
    if (outer !== null) {
      const message = "The inner handler was called a second time with the same body.";
      layer.found({ id: "M4", party: "middleware", side: "host", message, advice });
    } else {
      layer.found({ id: "H18", party: "host", side: "host", message: "A Request came a second time.", advice });
    }
  }

  private judgeLife(layer: Layer): void {
    const message =
      this.life === "stopped" ? "A request came after stop()." : "A request came before start() had finished.";
    const id = this.life === "stopped" ? "H55" : "H54";
    layer.found({
      id,
      party: "host",
      side: "host",
      message,
      advice: "Keep the order of a life: start, requests, stop.",
    });
  }

  private async start(boot: Boot): Promise<void> {
    if (this.life !== "new") this.host("H54", "start() was called a second time.");
    this.life = "starting";
    await this.target.start?.(boot);
    this.life = "running";
  }

  private async stop(info: StopInfo): Promise<void> {
    if (this.life === "stopped") this.host("H54", "stop() was called a second time.");
    else if (this.life === "new" && this.target.start !== undefined)
      this.host("H54", "stop() was called without start().");
    this.life = "stopped";
    await this.target.stop?.(info);
  }

  private host(id: "H54", message: string): void {
    const advice = "Call start() and stop() once each, in this order.";
    this.recorder.take({ id, party: "host", side: "host", message, advice }, null, false);
  }

  private error(error: unknown, request: Request, context: Context): Response | void | PromiseLike<Response | void> {
    const layer = this.requests.get(request);
    if (layer === undefined) return this.target.error?.(error, request, context);
    layer.errorCalls += 1;
    if (layer.errorCalls > 1) {
      const advice = "Call it once, and then answer 500.";
      layer.found({ id: "H46", party: "host", side: "host", message: "error() was called a second time.", advice });
    }
    const answer = running.run(layer, () => this.target.error?.(error, request, contextView(layer)));
    if (answer === undefined) return undefined;
    return this.settled(layer, answer as Response | PromiseLike<Response>, true);
  }
}

function droppedContext(isContext: boolean) {
  return {
    id: "M2",
    party: "middleware",
    side: "handler",
    message: isContext
      ? "The inner handler got another Context than the one passed in, or a copy of it."
      : "The inner handler got no Context.",
    advice: "Pass on the same Context, or Object.create(context).",
  } as const;
}
