// From the call of a handler to the last octet of its answer, without a wire: the statements H25 to H48 in one class.

import { types } from "node:util";
import type { App } from "../contract.ts";
import { fieldName, isFieldValue, isReason, parseLength } from "../http/header-list.ts";
import { MemoryContext } from "./memory-context.ts";
import type { MemoryShare } from "./memory-host.ts";
import type { Upload } from "./memory-request.ts";

/** What one call came to. */
export interface MemoryExchange {
  /** `aborted`: the client left. `failed`: the answer broke off after its head. */
  readonly outcome: "completed" | "aborted" | "failed";
  /** 0 when the client left before there was an answer. */
  readonly status: number;
  readonly reason: string;
  /** In order, names in lower case; each cookie by itself. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
  /** How often the body was asked for a chunk. */
  readonly pulls: number;
  readonly hadBody: boolean;
  readonly cancelled: { readonly reason: unknown } | null;
  /** What went to the error sink because of this call, in order. */
  readonly reports: readonly unknown[];
  /** Milliseconds from the client's leaving until the handler settled, or `null` if it stayed or the handler never did. */
  readonly settledAfterMs: number | null;
}

interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly fields: [string, string][];
  readonly body: ReadableStream<unknown> | null;
}

const PLAIN_500: Answer = {
  status: 500,
  reason: "",
  fields: [["content-type", "text/plain; charset=utf-8"]],
  body: null,
};

const LEFT: unique symbol = Symbol("the client left");

export class MemoryTransfer {
  private readonly app: App;
  private readonly upload: Upload;
  private readonly context: MemoryContext;
  private readonly share: MemoryShare;
  private readonly left: Promise<typeof LEFT>;
  private readonly reports: unknown[] = [];
  private answer: Answer | null = null;
  private chunks: Uint8Array[] = [];
  private pulls = 0;
  private cancelled: { readonly reason: unknown } | null = null;
  private leftAt = 0;
  private settledAfterMs: number | null = null;
  private isOver = false;

  constructor(app: App, upload: Upload, context: MemoryContext, share: MemoryShare) {
    this.app = app;
    this.upload = upload;
    this.context = context;
    this.share = share;
    this.left = this.departure(upload.controller);
  }

  async run(): Promise<MemoryExchange> {
    const result = this.result().then((answer) => this.settled(answer));
    if (this.upload.leaves === "before-result") setImmediate(() => this.leave());
    const timer = setTimeout(() => this.leave("TimeoutError"), this.share.patienceMs);
    const answer = await Promise.race([result, this.left]);
    clearTimeout(timer);
    if (answer === LEFT) return this.after(result);
    if (this.upload.controller.signal.aborted) return this.drop(answer);
    this.answer = answer;
    if (this.upload.leaves === "before-body") {
      this.leave();
      return this.drop(answer);
    }
    return this.send(answer);
  }

  private departure({ signal }: AbortController): Promise<typeof LEFT> {
    return new Promise((resolve) => {
      signal.addEventListener("abort", () => {
        this.leftAt = performance.now();
        resolve(LEFT);
      });
    });
  }

  private leave(name: "AbortError" | "TimeoutError" = "AbortError"): void {
    const { controller } = this.upload;
    // Too late to matter to an exchange that has completed (H26).
    if (!this.isOver && !controller.signal.aborted) controller.abort(new DOMException("The client left.", name));
  }

  /** The answer to send, which is a 500 if the handler fails (H45, H46). */
  private async result(): Promise<Answer> {
    const { request } = this.upload;
    try {
      return answerFrom(await this.app.fetch(request, this.context));
    } catch (error) {
      if (this.upload.controller.signal.aborted) return PLAIN_500;
      this.report(error);
      if (this.app.error === undefined) return PLAIN_500;
      try {
        const own: unknown = await this.app.error(error, request, this.context);
        return own === undefined ? PLAIN_500 : answerFrom(own);
      } catch (failure) {
        this.report(failure);
        return PLAIN_500;
      }
    }
  }

  private settled(answer: Answer): Answer {
    if (this.leftAt > 0) this.settledAfterMs = performance.now() - this.leftAt;
    return answer;
  }

  /** Gives a handler whose client has left a moment to see it (A7), then drops what it may still answer (H27). */
  private async after(result: Promise<Answer>): Promise<MemoryExchange> {
    const late = await Promise.race([result, new Promise<null>((resolve) => setTimeout(resolve, 1_000, null))]);
    if (late !== null) return this.drop(late);
    void result.then((answer) => this.cancel(answer.body, this.upload.controller.signal.reason));
    return this.finish("aborted", { reason: this.upload.controller.signal.reason });
  }

  private async drop({ body }: Answer): Promise<MemoryExchange> {
    const { reason } = this.upload.controller.signal;
    await this.cancel(body, reason);
    return this.finish("aborted", { reason });
  }

  private async send(answer: Answer): Promise<MemoryExchange> {
    const { body, status } = answer;
    const isBodiless = status === 204 || status === 205 || status === 304;
    if (body === null || isBodiless || this.context.request.method === "HEAD") {
      await this.cancel(body, new TypeError("This response has no body."));
      return this.finish("completed", null);
    }
    // A body without an end is as good as seen after this time.
    const timer = setTimeout(() => this.leave(), this.share.patienceMs);
    try {
      const isWhole = await this.read(body, declaredLength(answer));
      if (isWhole) return this.finish("completed", null);
      const { reason } = this.upload.controller.signal;
      return this.finish("aborted", { reason });
    } catch (error) {
      this.report(error);
      if (this.pulls === 1 && this.chunks.length === 0) this.answer = PLAIN_500;
      return this.finish(this.answer === PLAIN_500 ? "completed" : "failed", { reason: error });
    } finally {
      clearTimeout(timer);
    }
  }

  /** False when the client left on the way. @throws what breaks the message off (H38, H41, H47) */
  private async read(body: ReadableStream<unknown>, declared: number | null): Promise<boolean> {
    const reader = body.getReader();
    let octets = 0;
    for (;;) {
      this.pulls += 1;
      const step = await Promise.race([reader.read(), this.left]);
      if (step === LEFT) {
        await this.cancelReader(reader, this.upload.controller.signal.reason);
        return false;
      }
      const { done, value } = step;
      if (done) break;
      const fault = types.isUint8Array(value) ? null : new TypeError("A chunk of the response is no Uint8Array.");
      if (fault !== null) await this.cancelReader(reader, fault);
      if (fault !== null) throw fault;
      const chunk = value as Uint8Array;
      octets += chunk.byteLength;
      this.chunks.push(chunk.slice(0, Math.max(0, (declared ?? Infinity) - octets + chunk.byteLength)));
      if (declared !== null && octets > declared) {
        const tooLong = new RangeError(`The response carries more than the ${declared} octets it announced.`);
        await this.cancelReader(reader, tooLong);
        throw tooLong;
      }
      const hasEnough = this.upload.leaves === "mid-body" || octets > this.share.enoughBytes;
      if (!hasEnough) continue;
      this.leave();
      await this.cancelReader(reader, this.upload.controller.signal.reason);
      return false;
    }
    if (declared !== null && octets < declared) {
      throw new RangeError(`The response ended after ${octets} of the ${declared} octets it announced.`);
    }
    return true;
  }

  private async cancelReader(reader: ReadableStreamDefaultReader<unknown>, reason: unknown): Promise<void> {
    this.cancelled = { reason };
    await quietly(reader.cancel(reason), this.report);
  }

  private async cancel(body: ReadableStream<unknown> | null, reason: unknown): Promise<void> {
    if (body === null || body.locked) return;
    this.cancelled = { reason };
    await quietly(body.cancel(reason), this.report);
  }

  private readonly report = (error: unknown): void => {
    this.reports.push(error);
    this.share.report(error);
  };

  private finish(outcome: MemoryExchange["outcome"], failure: { reason: unknown } | null): MemoryExchange {
    this.isOver = true;
    MemoryContext.finish(this.context, failure);
    const answer = this.answer;
    return {
      outcome,
      status: answer?.status ?? 0,
      reason: answer?.reason ?? "",
      fields: answer?.fields ?? [],
      body: Buffer.concat(this.chunks),
      pulls: this.pulls,
      hadBody: answer?.body != null,
      cancelled: this.cancelled,
      reports: this.reports,
      settledAfterMs: this.settledAfterMs,
    };
  }
}

/** A cancel that hangs must not hang the exchange: one second, as for every reaction to an abort (H25). */
async function quietly(work: Promise<void>, report: (error: unknown) => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, 1_000);
  });
  await Promise.race([work.catch(report), patience]);
  clearTimeout(timer);
}

/** What a handler returned, judged by its shape (T6, H29 to H31). @throws TypeError that says what is wrong */
function answerFrom(value: unknown): Answer {
  if (typeof value !== "object" || value === null) throw new TypeError(`The handler returned ${String(value)}.`);
  const { status, statusText, headers, body, bodyUsed } = value as Partial<Record<keyof Response, unknown>>;
  if (typeof status !== "number" || !Number.isInteger(status) || status < 200 || status > 599) {
    throw new TypeError(`The handler returned a Response with the status ${String(status)}.`);
  }
  if (bodyUsed === true || (body as { locked?: unknown } | null | undefined)?.locked === true) {
    throw new TypeError("The handler returned a Response whose body was used or is locked.");
  }
  const reason = typeof statusText === "string" ? statusText : "";
  if (!isReason(reason)) throw new TypeError("The handler returned a statusText of more than one line.");
  return { status, reason, fields: linesOf(headers as Headers), body: (body as ReadableStream<unknown>) ?? null };
}

function linesOf(headers: Headers): [string, string][] {
  const lines: [string, string][] = [];
  for (const [name, value] of headers) if (name !== "set-cookie") lines.push([name, value]);
  for (const cookie of headers.getSetCookie()) lines.push(["set-cookie", cookie]);
  for (const [name, value] of lines) {
    if (fieldName(name) === null || !isFieldValue(value)) throw new TypeError(`The header ${name} cannot be sent.`);
  }
  return lines;
}

function declaredLength({ fields }: Answer): number | null {
  const declared = fields.find(([name]) => name === "content-length")?.[1];
  return declared === undefined ? null : parseLength(declared);
}
