// Which phase answers this request? The phases run in a fixed order, and the first answer wins.

import type { Exchange, Outcome, Reply } from "../engine/engine.ts";
import { plainReply } from "../engine/response.ts";
import { RequestContext } from "./context.ts";
import type { InFlight } from "./in-flight.ts";
import { ENDED, isNativeAttachment } from "./native.ts";

/** One step of dispatch: a reply, or `null` to pass the request on. Must not throw; may reject. */
export type Phase = (exchange: Exchange) => Reply | null | Promise<Reply | null>;

export interface DispatchParts {
  /** In order: what answers before a Request exists (challenges, redirects, static files). */
  readonly phases: readonly Phase[];
  /** The last phase. It always answers. */
  readonly handle: (exchange: Exchange) => void;
  readonly inFlight: InFlight;
  /** Gets every exchange once, when it is over; `null` when nobody wants to know. */
  readonly record: ((exchange: Exchange, outcome: Outcome) => void) | null;
  readonly report: (error: unknown) => void;
}

/** The one entrance for exchanges of every engine. Never throws. */
export function createDispatch(parts: DispatchParts): (exchange: Exchange) => void {
  const { phases, handle, inFlight, record } = parts;

  const onEnd = (outcome: Outcome, exchange: Exchange): void => {
    inFlight.leave();
    const { attachment } = exchange;
    if (attachment instanceof RequestContext) attachment.finish(outcome);
    else if (isNativeAttachment(attachment)) attachment[ENDED](outcome);
    record?.(exchange, outcome);
  };

  return (exchange) => {
    inFlight.enter();
    exchange.onEnd = onEnd;
    if (record !== null) {
      exchange.startedMs = performance.now();
      // The address can be asked of the socket only while the exchange lasts.
      void exchange.peer;
    }
    if (exchange.fault !== null) exchange.send(refusal(exchange.fault.status));
    else if (phases.length === 0) handle(exchange);
    else runPhases(parts, exchange, 0);
  };
}

function runPhases(parts: DispatchParts, exchange: Exchange, from: number): void {
  const { phases } = parts;
  for (let i = from; i < phases.length; i++) {
    const answer = phases[i]!(exchange);
    if (answer === null) continue;
    if (answer instanceof Promise) {
      answer.then(
        (reply) => (reply === null ? runPhases(parts, exchange, i + 1) : exchange.send(reply)),
        (error: unknown) => {
          parts.report(error);
          exchange.send(plainReply(500));
        },
      );
      return;
    }
    exchange.send(answer);
    return;
  }
  parts.handle(exchange);
}

function refusal(status: number): Reply {
  return { ...plainReply(status), close: true };
}
