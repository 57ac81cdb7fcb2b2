// What happens to a request that comes while the app is not ready? It waits.

import type { Exchange } from "../engine/engine.ts";

type Dispatch = (exchange: Exchange) => void;

export class Gate {
  private dispatches: readonly Dispatch[] | null = null;
  private readonly waiting: (readonly [index: number, exchange: Exchange])[] = [];

  /**
   * Where the exchanges of address number `index` go in. Once the gate is open, that is the dispatch itself: asking for it
   * late costs nothing for each request.
   */
  entrance(index: number): Dispatch {
    if (this.dispatches !== null) return this.dispatches[index]!;
    return (exchange) => {
      if (this.dispatches === null) this.waiting.push([index, exchange]);
      else this.dispatches[index]!(exchange);
    };
  }

  /** Lets in who waits, in order of arrival, and everybody from here on. */
  open(dispatches: readonly Dispatch[]): void {
    this.dispatches = dispatches;
    for (const [index, exchange] of this.waiting.splice(0)) if (!exchange.ended) dispatches[index]!(exchange);
  }
}
