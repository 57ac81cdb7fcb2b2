// A contract app as a listener of somebody else's node:http server: the dispatch of a host, without sockets of its own.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { App, StopInfo } from "../contract.ts";
import type { EngineLimits } from "../engine/engine.ts";
import { openIntake, type Intake } from "../engine/node/listener.ts";
import { type ContextShare, contextShare } from "./context.ts";
import { createDispatch } from "./dispatch.ts";
import { createHandlerPhase } from "./handle.ts";
import { InFlight } from "./in-flight.ts";

type Next = (error?: unknown) => void;

export interface NodeListenerParts {
  readonly app: App;
  readonly limits: EngineLimits;
  readonly report: (error: unknown) => void;
}

/** Runs one app behind other people's servers. */
export class NodeListenerHost {
  private readonly parts: NodeListenerParts;
  private readonly inFlight = new InFlight();
  private readonly share: ContextShare;
  private readonly intake: Intake;
  private started: Promise<void> | null = null;
  private ready = false;
  private closing: Promise<boolean> | null = null;

  constructor(parts: NodeListenerParts) {
    this.parts = parts;
    const { app, limits, report } = parts;
    this.share = contextShare(this.inFlight, report, null);
    const dispatch = createDispatch({
      phases: [],
      handle: createHandlerPhase(app, this.share),
      inFlight: this.inFlight,
      record: null,
      report,
    });
    this.intake = openIntake({ limits, onExchange: dispatch, onRefused: () => {}, onError: report });
    this.ready = app.start === undefined;
  }

  /** Runs the app's `start()`, once. A rejection is final: every request is answered 500 from there on. */
  start(): Promise<void> {
    this.started ??= this.boot();
    return this.started;
  }

  accept(request: IncomingMessage, response: ServerResponse, next: Next | undefined): void {
    if (this.closing !== null) refuse(response, 503);
    else if (this.ready) this.intake.accept(request, response, next);
    else {
      this.start().then(
        () => this.intake.accept(request, response, next),
        (error: unknown) => {
          this.parts.report(error);
          if (next === undefined) refuse(response, 500);
          else next(error);
        },
      );
    }
  }

  /** As a host closes: what is in flight ends, or is cut at the deadline; then `stop()` runs, if `start()` had. */
  close(deadlineMs: number): Promise<boolean> {
    this.closing ??= this.run(deadlineMs, "close");
    return this.closing;
  }

  private async boot(): Promise<void> {
    await this.parts.app.start?.({ contract: 1, app: this.share.app });
    this.ready = true;
  }

  private async run(deadlineMs: number, reason: StopInfo["reason"]): Promise<boolean> {
    const hasStarted = this.ready;
    const clean = await this.inFlight.whenIdle(deadlineMs);
    this.intake.stop(new DOMException("The server was closed.", "AbortError"));
    try {
      if (hasStarted) await this.parts.app.stop?.({ reason });
    } catch (error) {
      this.parts.report(error);
    }
    return clean;
  }
}

function refuse(response: ServerResponse, status: number): void {
  if (response.headersSent) return;
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", connection: "close" });
  response.end(status === 503 ? "Service Unavailable" : "Internal Server Error");
}
