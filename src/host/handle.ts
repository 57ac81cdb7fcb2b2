// The handler phase: Request in, Response out, and what happens when the handler fails.

import { AsyncResource } from "node:async_hooks";
import type { App, FileDescriptor } from "../contract.ts";
import { ServerError } from "../errors.ts";
import type { Exchange, Reply } from "../engine/engine.ts";
import { createRequest } from "../engine/request.ts";
import { plainReply, replyFrom } from "../engine/response.ts";
import { cancelSource } from "../engine/source.ts";
import { fileOf } from "../static/file-tag.ts";
import { type ContextShare, isPassThrough, RequestContext } from "./context.ts";
import { type NativeEntry, nativeEntryOf } from "./native.ts";

/** Calls `app` for an exchange, and sends what comes of it: exactly one reply, whatever the handler does (H45). */
export function createHandlerPhase(app: App, share: ContextShare): (exchange: Exchange) => void {
  const native = nativeEntryOf(app);
  if (native !== null) return (exchange) => enter(native, share, exchange);
  const phase = new HandlerPhase(app, share);
  return (exchange) => phase.run(exchange);
}

/** The app's own way in. In an async context of its own, as handlers are. */
function enter(native: NativeEntry, share: ContextShare, exchange: Exchange): void {
  const scope = new AsyncResource("EasyserverRequest");
  scope.runInAsyncScope(native, undefined, exchange, share, scope);
}

class HandlerPhase {
  private readonly app: App;
  private readonly share: ContextShare;
  /** A handler that takes the context may read the peer's address at any later time, so it is kept for it. */
  private readonly keepsPeer: boolean;

  constructor(app: App, share: ContextShare) {
    this.app = app;
    this.share = share;
    this.keepsPeer = app.fetch.length > 1;
  }

  run(exchange: Exchange): void {
    // An engine calls for every request from one async context: what `AsyncLocalStorage.enterWith` leaves there would be
    // seen by the next one (H18). A context of its own costs 80 ns.
    new AsyncResource("EasyserverRequest").runInAsyncScope(this.answer, undefined, exchange);
  }

  private readonly answer = (exchange: Exchange): void => {
    const request = createRequest(exchange);
    const context = new RequestContext(exchange, request, this.share);
    exchange.attachment = context;
    if (exchange.upgrade?.fault === null) showOffer(exchange, request);
    if (this.keepsPeer) void exchange.peer;
    try {
      const result: unknown = this.app.fetch(request, context);
      if (isThenable(result)) this.await(result, exchange, context);
      else this.send(result, exchange, context);
    } catch (error) {
      this.fail(error, exchange, context);
    }
  };

  private await(result: PromiseLike<unknown>, exchange: Exchange, context: RequestContext): void {
    exchange.onAbort = abortContext;
    // Not every thenable keeps the promises of a Promise: to settle once, and never to throw.
    Promise.resolve(result).then(
      (response) => this.send(response, exchange, context),
      (error: unknown) => this.fail(error, exchange, context),
    );
  }

  private send(response: unknown, exchange: Exchange, context: RequestContext): void {
    try {
      this.transmit(response, exchange, context, (error) => this.fail(error, exchange, context));
    } catch (error) {
      this.fail(error, exchange, context);
    }
  }

  /** `failed` hears of a file that cannot be sent. @throws what is wrong with `response` */
  private transmit(
    response: unknown,
    exchange: Exchange,
    context: RequestContext,
    failed: (error: unknown) => void,
  ): void {
    if (context.settleUpgrade(response)) return;
    if (exchange.passOn != null && isPassThrough(response)) {
      exchange.passOn();
      return;
    }
    const reply = replyFrom(response, exchange.method, this.onLengthMismatch);
    exchange.onAbort ??= abortContext;
    const file = fileOf(response as object, reply.status);
    if (file === null) exchange.send(reply);
    else this.transmitFile(file, reply, exchange, failed);
  }

  /** The body of the Response is the same file, and stays unopened (H61). */
  private transmitFile(file: FileDescriptor, reply: Reply, exchange: Exchange, failed: (error: unknown) => void): void {
    const { body } = reply;
    if (body !== null && typeof body === "object" && "next" in body) cancelSource(body, undefined);
    // Most servers never get here, and start sooner without what it needs.
    import("../static/native-file.ts")
      .then(({ nativeFileReply }) =>
        nativeFileReply({ ...reply, body: null, sizeBytes: null }, file, exchange, Date.now()),
      )
      .then((sendable) => exchange.send(sendable))
      .catch(failed);
  }

  private fail(error: unknown, exchange: Exchange, context: RequestContext): void {
    // What fails because the client is gone is nobody's fault (H27).
    if (exchange.abortReason !== undefined) return;
    const { app } = this;
    if (exchange.passOn != null && !exchange.committed && app.error === undefined) {
      exchange.passOn(error);
      return;
    }
    this.share.report(error);
    if (exchange.committed) return;
    const status = error instanceof ServerError ? (error.status ?? 500) : 500;
    if (app.error === undefined) {
      exchange.send(plainReply(status));
      return;
    }
    void exchange.peer;
    try {
      const answer = app.error(error, context.request, context);
      if (isThenable(answer)) {
        exchange.onAbort = abortContext;
        Promise.resolve(answer).then(
          (response) => this.sendError(response, status, exchange, context),
          (failure: unknown) => this.sendPlain(failure, status, exchange),
        );
      } else this.sendError(answer, status, exchange, context);
    } catch (failure) {
      this.sendPlain(failure, status, exchange);
    }
  }

  /** What `error()` answered, unless that is nothing (H46). */
  private sendError(response: unknown, status: number, exchange: Exchange, context: RequestContext): void {
    try {
      if (response === undefined) exchange.send(plainReply(status));
      else this.transmit(response, exchange, context, (failure) => this.sendPlain(failure, status, exchange));
    } catch (failure) {
      this.sendPlain(failure, status, exchange);
    }
  }

  private sendPlain(failure: unknown, status: number, exchange: Exchange): void {
    if (exchange.abortReason !== undefined) return;
    this.share.report(failure);
    if (!exchange.committed) exchange.send(plainReply(status));
  }

  private readonly onLengthMismatch = (declared: string, actual: number): void => {
    this.share.report(
      new ServerError(
        "ERR_LENGTH_MISMATCH",
        `The handler announced Content-Length ${declared} for a body of ${actual} bytes; the real length was sent.`,
      ),
    );
  };
}

/** Handlers look for these to tell an upgrade offer, so there they are no fields of the connection alone (H13). */
function showOffer(exchange: Exchange, { headers }: Request): void {
  for (const name of ["connection", "upgrade"]) headers.set(name, exchange.field(name) ?? "");
}

function abortContext(reason: unknown, exchange: Exchange): void {
  if (exchange.attachment instanceof RequestContext) exchange.attachment.abort(reason);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
