// How long is a body that the platform made of text, bytes or a Blob, where it does not say so? As long as its one chunk, if
// its end comes right behind (docs/decisions/049-lengths-on-node-24.md).

import type { ChunkTaker, ReplySource } from "./engine.ts";

/**
 * True for a stream of bytes, which is what the platform makes of a body that it is given whole. Streams of an app hardly
 * ever are.
 */
export function isForBytes(stream: object): boolean {
  if (!(stream instanceof ReadableStream) || stream.locked) return false;
  try {
    stream.getReader({ mode: "byob" }).releaseLock();
    return true;
  } catch {
    return false;
  }
}

/** `source`, whose `sizeBytes` is known by its first chunk when the end follows within the turn. Nothing is held back longer (H39). */
export class SoonEnding implements ReplySource {
  sizeBytes: number | null = null;
  private readonly source: ReplySource;
  private isAsked = false;
  private second: PromiseLike<Uint8Array | null> | null = null;

  constructor(source: ReplySource) {
    this.source = source;
  }

  next(): PromiseLike<Uint8Array | null> {
    return new Promise((take, fail) => {
      const chunk = this.pull({ take, fail });
      if (chunk !== undefined) take(chunk);
    });
  }

  pull(taker: ChunkTaker): Uint8Array | null | undefined {
    const { source, second } = this;
    if (!this.isAsked) {
      this.isAsked = true;
      this.ask().then((first) => this.lookBehind(first, taker), taker.fail);
      return undefined;
    }
    if (second === null) return source.pull === undefined ? this.passOn(this.ask(), taker) : source.pull(taker);
    this.second = null;
    return this.passOn(second, taker);
  }

  cancel(reason: unknown): void {
    this.source.cancel(reason);
  }

  private async ask(): Promise<Uint8Array | null> {
    return this.source.next();
  }

  private passOn(chunk: PromiseLike<Uint8Array | null>, taker: ChunkTaker): undefined {
    chunk.then(taker.take, taker.fail);
  }

  private lookBehind(first: Uint8Array | null, taker: ChunkTaker): void {
    if (first === null) {
      taker.take(null);
      return;
    }
    let isGiven = false;
    const give = (): void => {
      if (isGiven) return;
      isGiven = true;
      clearImmediate(turn);
      taker.take(first);
    };
    const turn = setImmediate(give);
    const second = this.ask();
    this.second = second;
    second.then((chunk) => {
      if (chunk === null && !isGiven) this.sizeBytes = first.byteLength;
      give();
    }, give);
  }
}
