// Which chunks of a stream are there already? The platform's reader gives each one through a promise, which costs ten times
// what moving the chunk does; a stream that is ahead of the client has a whole queue of them.

/** A chunk in the queue of a stream, as the platform keeps it. */
interface Entry {
  readonly value: unknown;
  /** By the stream's own queuing strategy. */
  readonly size: number;
}

/** The part of a controller's inner state that is touched here. */
interface ControllerState {
  readonly queue: Entry[];
  queueTotalSize: number;
}

/**
 * Takes chunks out of the queue of one stream, in order, as long as that cannot be told from reading them.
 *
 * The last chunk is always left for the reader: reading it is what asks the source for more, or closes the stream.
 */
export interface StreamQueue {
  /** Whether `take` may be called: there is a chunk beyond the last. */
  readonly isAhead: boolean;
  /** The next chunk, whatever it is. */
  take(): unknown;
}

/** Where this Node keeps the inner state of streams and controllers; `undefined` until looked for, `null` where it is kept otherwise. */
let stateKey: symbol | null | undefined;

/**
 * The queue of `stream`, or `null` for a stream of another make, for a byte stream, and on a Node that keeps its queue in a way
 * not known here (24 and later): then there is only the reader.
 */
export function queueOf(stream: unknown): StreamQueue | null {
  stateKey ??= findStateKey();
  if (stateKey === null || !(stream instanceof ReadableStream)) return null;
  // Somebody listens at this one, as the linter does: it has to be read in the open.
  if (Object.hasOwn(stream, "getReader")) return null;
  const state = controllerState(stream, stateKey);
  return state === null ? null : new Queue(state);
}

class Queue implements StreamQueue {
  readonly #state: ControllerState;

  constructor(state: ControllerState) {
    this.#state = state;
  }

  get isAhead(): boolean {
    return this.#state.queue.length > 1;
  }

  take(): unknown {
    const state = this.#state;
    const entry = state.queue.shift();
    if (entry === undefined) return undefined;
    state.queueTotalSize = Math.max(0, state.queueTotalSize - entry.size);
    return entry.value;
  }
}

function controllerState(stream: ReadableStream, key: symbol): ControllerState | null {
  const { controller } = Reflect.get(stream, key) as { controller?: unknown };
  return controller instanceof ReadableStreamDefaultController
    ? (Reflect.get(controller, key) as ControllerState)
    : null;
}

/** Tries it on a stream of our own: every detail that is relied on has to be as expected. */
function findStateKey(): symbol | null {
  const chunks = ["first", "second"];
  const probe = new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
    },
  });
  for (const key of Object.getOwnPropertySymbols(probe)) {
    const outer: unknown = Reflect.get(probe, key);
    if (typeof outer !== "object" || outer === null || !("controller" in outer)) continue;
    const inner = controllerState(probe, key) as { queue?: unknown; queueTotalSize?: unknown } | null | undefined;
    if (!Array.isArray(inner?.queue) || inner.queueTotalSize !== chunks.length) continue;
    const isAsExpected = inner.queue.every((entry: Partial<Entry>, i) => entry.value === chunks[i] && entry.size === 1);
    if (isAsExpected && inner.queue.length === chunks.length) return key;
  }
  return null;
}
