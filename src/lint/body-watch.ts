// What passes through a stream? The stream keeps its identity: its own methods are covered on the object itself, so that
// marks, `new Response(stream)` and a host's shortcuts work as without the linter.

import { types } from "node:util";

/** Told of what a stream does. Whatever `chunk` and `end` throw reaches the reader, and cancels the stream. */
export interface BodyEvents {
  /** The reader asks for the `count`th chunk. */
  pull?(count: number): void;
  /** A chunk arrived; `octets` counts it in. */
  chunk?(value: unknown, octets: number): void;
  end?(octets: number): void;
  fail?(error: unknown): void;
  /** A chunk was changed after it had been handed over. */
  changed?(): void;
  /** `settled` settles when the source has answered the cancel. */
  cancel?(settled: Promise<unknown>): void;
}

type Reader = ReadableStreamDefaultReader<unknown>;

const watches = new WeakMap<object, BodyWatch>();

// Both ends are enough to notice a buffer that is filled anew.
const SAMPLE_BYTES = 64;

export class BodyWatch {
  state: "untouched" | "reading" | "ended" | "failed" | "cancelled" = "untouched";
  octets = 0;
  readonly #listeners: BodyEvents[] = [];
  #pulls = 0;
  #last: { readonly chunk: Uint8Array; readonly sample: string } | null = null;

  /** The one watch of a stream, made at the first call; `events` hears of what happens from now on. */
  static of(stream: ReadableStream<unknown>, events: BodyEvents): BodyWatch {
    let watch = watches.get(stream);
    if (watch === undefined) {
      watch = new BodyWatch();
      watches.set(stream, watch);
      watch.#cover(stream);
    }
    watch.#listeners.push(events);
    return watch;
  }

  get isOver(): boolean {
    return this.state === "ended" || this.state === "failed" || this.state === "cancelled";
  }

  #cover(stream: ReadableStream<unknown>): void {
    const getReader = stream.getReader.bind(stream) as (options?: unknown) => Reader;
    const cancel = stream.cancel.bind(stream);
    const reader = (options?: unknown): Reader => {
      const made = getReader(options);
      this.state = this.state === "untouched" ? "reading" : this.state;
      if ((options as { mode?: unknown } | undefined)?.mode !== "byob") this.#coverReader(made);
      return made;
    };
    // What the platform does inside of these bypasses the covered methods, so it is given a stream that does not.
    const through = (preventCancel = false): ReadableStream<unknown> => relay(reader(), preventCancel);
    cover(stream, "getReader", reader);
    cover(stream, "cancel", (reason?: unknown) => (stream.locked ? cancel(reason) : this.#cancelled(cancel(reason))));
    cover(stream, "tee", () => through().tee());
    const piped = (name: "pipeTo" | "pipeThrough") =>
      cover(stream, name, (...args: unknown[]) => {
        const other = through();
        return Reflect.apply(other[name], other, args);
      });
    piped("pipeTo");
    piped("pipeThrough");
    const values = (options?: { preventCancel?: boolean }): unknown =>
      through(options?.preventCancel === true).values(options);
    cover(stream, "values", values);
    cover(stream, Symbol.asyncIterator, values);
  }

  #coverReader(reader: Reader): void {
    const read = reader.read.bind(reader);
    const cancel = reader.cancel.bind(reader);
    cover(reader, "read", async () => {
      this.#pulls += 1;
      for (const events of this.#listeners) events.pull?.(this.#pulls);
      let step: Awaited<ReturnType<Reader["read"]>>;
      try {
        step = await read();
      } catch (error) {
        this.#fail(error);
        throw error;
      }
      try {
        this.#step(step);
      } catch (violation) {
        this.state = "cancelled";
        cancel(violation).catch(() => {});
        throw violation;
      }
      return step;
    });
    cover(reader, "cancel", (reason?: unknown) => this.#cancelled(cancel(reason)));
  }

  #step({ done, value }: { readonly done: boolean; readonly value?: unknown }): void {
    this.#compare();
    if (done) {
      if (this.isOver) return;
      this.state = "ended";
      for (const events of this.#listeners) events.end?.(this.octets);
      return;
    }
    if (types.isUint8Array(value)) {
      this.octets += value.byteLength;
      this.#last = { chunk: value, sample: sampleOf(value) };
    }
    for (const events of this.#listeners) events.chunk?.(value, this.octets);
  }

  #compare(): void {
    const last = this.#last;
    this.#last = null;
    // Memory that was handed on is empty here: that is the reader's right.
    if (last === null || last.chunk.byteLength === 0 || sampleOf(last.chunk) === last.sample) return;
    for (const events of this.#listeners) events.changed?.();
  }

  #fail(error: unknown): void {
    if (this.isOver) return;
    this.state = "failed";
    for (const events of this.#listeners) events.fail?.(error);
  }

  #cancelled(settled: Promise<void>): Promise<void> {
    if (!this.isOver) {
      this.state = "cancelled";
      for (const events of this.#listeners) events.cancel?.(settled);
    }
    return settled;
  }
}

function cover(owner: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(owner, key, { value, configurable: true, writable: true });
}

function sampleOf(chunk: Uint8Array): string {
  const { byteLength } = chunk;
  const head = Buffer.from(chunk.subarray(0, SAMPLE_BYTES)).toString("latin1");
  return `${byteLength} ${head} ${Buffer.from(chunk.subarray(Math.max(SAMPLE_BYTES, byteLength - SAMPLE_BYTES))).toString("latin1")}`;
}

/** A stream of the same chunks, pulled one by one, that cancels its origin when it is cancelled. */
function relay(reader: Reader, preventCancel: boolean): ReadableStream<unknown> {
  return new ReadableStream<unknown>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel(reason) {
        if (preventCancel) reader.releaseLock();
        else await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
