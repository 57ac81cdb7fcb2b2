// Who goes on producing for a stream that was cancelled? Only the refused `enqueue` shows it.

import { type Layer, running } from "./layer.ts";

/** One refusal is a race that nobody can avoid. The second comes from work that did not stop. */
const refusals = new WeakMap<object, number>();

let isWatching = false;

/**
 * From the first call on, an `enqueue` that the platform refuses is attributed to the exchange it happens in. The refusal
 * itself reaches the producer unchanged, and what is accepted costs nothing.
 */
export function watchProducers(): void {
  if (isWatching) return;
  isWatching = true;
  for (const { prototype } of [ReadableStreamDefaultController, ReadableByteStreamController]) {
    const { enqueue } = prototype as { enqueue: (chunk: unknown) => void };
    const covered = function (this: object, ...chunk: [unknown]): void {
      try {
        Reflect.apply(enqueue, this, chunk);
      } catch (error) {
        judge(this);
        throw error;
      }
    };
    Object.defineProperty(covered, "name", { value: "enqueue", configurable: true });
    Object.defineProperty(prototype, "enqueue", {
      value: covered,
      configurable: true,
      writable: true,
      enumerable: true,
    });
  }
}

function judge(controller: object): void {
  const layer = running.getStore();
  if (layer === undefined || !isCancelled(layer)) return;
  const count = (refusals.get(controller) ?? 0) + 1;
  refusals.set(controller, count);
  if (count !== 2) return;
  layer.foundLate({
    id: "A5",
    party: layer.callee,
    side: "handler",
    message: "A producer goes on after its stream was cancelled.",
    advice: "Stop it in cancel(), or when request.signal aborts.",
  });
}

function isCancelled(layer: Layer): boolean {
  return layer.returned?.watch?.state === "cancelled";
}
