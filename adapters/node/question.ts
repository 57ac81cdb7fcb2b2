// A request of our own to a listener, past every connection, and the answer as the listener gave it: field by field, undecoded.

import { AsyncResource } from "node:async_hooks";
import type { Exchange, NativeEntry, Reply, ReplySource } from "../../src/internal.ts";
import { type Carrier, ENDED, type Surroundings } from "./bridge-state.ts";

/** What a listener answered. */
export interface Answer {
  readonly status: number;
  /** name, value, name, value … as they go to an engine. */
  readonly fields: readonly string[];
  readonly bytes: Uint8Array;
}

/** Asks the listener behind `entry`, a native entry of the bridge, for `target` with GET. Rejects with what made it give up. */
export function question(
  entry: NativeEntry,
  around: Surroundings,
  target: string,
  fields: readonly string[],
): Promise<Answer> {
  const asked = new Question(target, fields);
  const scope = new AsyncResource("EasyserverRequest");
  // The bridge asks no more of an exchange than a carrier has.
  scope.runInAsyncScope(entry, undefined, asked as unknown as Exchange, around, scope);
  return asked.answer;
}

class Question implements Carrier {
  readonly method = "GET";
  readonly target: string;
  readonly scheme = "http";
  readonly httpVersion = "1.1";
  readonly fields: readonly string[];
  readonly body = null;
  readonly peer = null;
  readonly local = null;
  readonly tls = null;
  ended = false;
  abortReason: unknown = undefined;
  attachment: unknown = null;
  onAbort: Exchange["onAbort"] = null;
  readonly answer: Promise<Answer>;
  private resolve!: (answer: Answer | PromiseLike<Answer>) => void;
  private reject!: (reason: unknown) => void;

  constructor(target: string, fields: readonly string[]) {
    this.target = target;
    this.fields = fields;
    this.answer = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  send(reply: Reply): void {
    this.resolve(this.taken(reply));
  }

  abort(reason: unknown): void {
    this.abortReason = reason;
    this.reject(reason);
    this.conclude("failed");
  }

  /** The listener failed before it answered. */
  fail(error: unknown): void {
    this.abort(error);
  }

  private async taken({ status, fields, body }: Reply): Promise<Answer> {
    try {
      const bytes = await allOf(body);
      this.conclude("completed");
      return { status, fields, bytes };
    } catch (error) {
      this.abort(error);
      throw error;
    }
  }

  private conclude(kind: "completed" | "failed"): void {
    if (this.ended) return;
    this.ended = true;
    const listener = this.attachment as { [ENDED](outcome: object): void } | null;
    listener?.[ENDED]({ kind, status: 0, bytes: 0, reason: this.abortReason });
  }
}

async function allOf(body: Reply["body"]): Promise<Uint8Array> {
  if (body === null || typeof body === "string" || body instanceof Uint8Array) return Buffer.from(body ?? "");
  const chunks: Uint8Array[] = [];
  for (let chunk = await next(body); chunk !== null; chunk = await next(body)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** A chunk is the source's own memory until the next one. */
async function next(source: ReplySource): Promise<Uint8Array | null> {
  return source.next();
}
