// When has an engine's callback really returned? Behind our own function it lets all promises settle first, with the socket corked,
// and while they do, an answer costs what it costs at once: no cork of its own, nothing to wait for in the list.

/** An exchange in whose callback the engine is. */
export interface InCallback {
  /** It has its answer. */
  readonly committed: boolean;
  /** The callback is about to return. */
  settled(): void;
}

/**
 * So many turns of promises are waited for. A handler that awaits something that is there answers in the second one, and each
 * function around it takes one to three more; one that waits for the world pays 50 ns for each.
 */
const TURNS = 8;

const SETTLED: Promise<void> = Promise.resolve();

let current: InCallback | null = null;
let turns = 0;

/** Calls `exchange.settled()` when it has its answer, or after some turns, in any case before the engine's callback returns. */
export function afterTurns(exchange: InCallback): void {
  if (current !== null) {
    exchange.settled();
    return;
  }
  current = exchange;
  turns = 0;
  void SETTLED.then(turn);
}

function turn(): void {
  const exchange = current;
  if (exchange === null) return;
  if (!exchange.committed && ++turns < TURNS) void SETTLED.then(turn);
  else {
    current = null;
    exchange.settled();
  }
}
