// Was everything in order when the exchange was over? What only its end can show.

import { type Layer, REACTION_MS, type Returned } from "./layer.ts";

/** Follows the abort and the end of the layer's exchange. */
export function followEnd(layer: Layer): void {
  followAbort(layer);
  if (layer.outer !== null) return;
  const { completed } = layer.context;
  if (typeof completed?.then !== "function") return;
  completed.then(
    () => over(layer, "completed"),
    () => over(layer, "aborted"),
  );
}

function over(layer: Layer, end: "completed" | "aborted"): void {
  markEnd(layer, end);
  // What was told to stop at the end needs a turn to do so.
  setImmediate(() => {
    for (const inner of allInner(layer)) {
      judgeDropped(layer, inner);
      judgeDescription(layer, inner);
    }
  });
}

function markEnd(layer: Layer, end: "completed" | "aborted"): void {
  layer.end = end;
  for (const inner of layer.inner) markEnd(inner, end);
}

function allInner(layer: Layer): Layer[] {
  return layer.inner.flatMap((inner) => [inner, ...allInner(inner)]);
}

/** M5: received, and neither forwarded, nor read, nor cancelled. */
function judgeDropped(outermost: Layer, inner: Layer): void {
  const watch = inner.returned?.watch;
  if (watch == null || watch.state !== "untouched" || watch === outermost.returned?.watch) return;
  // A host may take a body by ways that no stream sees, so only a Response that stayed behind is accused.
  if (outermost.returned?.response === inner.returned?.response || outermost.returned === null) return;
  inner.foundLate({
    id: "M5",
    party: "middleware",
    side: "host",
    message: "A Response with a body was received and dropped.",
    advice: "Cancel its body, or read it to the end.",
  });
}

/** M6: other content under the same strong tag. */
function judgeDescription(outermost: Layer, inner: Layer): void {
  const [outside, inside] = [outermost.returned, inner.returned];
  if (outside === null || inside === null || outside.watch === inside.watch) return;
  const { etag } = outside;
  if (etag === null || etag.startsWith("W/") || etag !== inside.etag) return;
  const [sent, received] = [sizeOf(outside), sizeOf(inside)];
  if (sent === null || received === null || sent === received) return;
  inner.foundLate({
    id: "M6",
    party: "middleware",
    side: "host",
    message: `The content was changed from ${received} to ${sent} octets, and its ETag kept.`,
    advice: "Remove or recompute etag, content-length and digests.",
  });
}

function sizeOf({ watch, knownSize }: Returned): number | null {
  return knownSize ?? (watch?.state === "ended" ? watch.octets : null);
}

function followAbort(layer: Layer): void {
  const { signal } = layer.context;
  if (typeof signal?.addEventListener !== "function") return;
  signal.addEventListener(
    "abort",
    () => {
      judgeLateAbort(layer);
      queueMicrotask(() => judgeLink(layer));
      setTimeout(() => judgeReaction(layer), REACTION_MS).unref();
    },
    { once: true },
  );
}

function judgeLateAbort(layer: Layer): void {
  if (layer.end !== "completed" || layer.outer !== null) return;
  layer.foundLate({
    id: "H26",
    party: "host",
    side: "host",
    message: "The signal aborted after the response had completed.",
    advice: "Abort only what is cut off.",
  });
}

/** M3: a Request that a middleware made has to abort with the one it got. */
function judgeLink(layer: Layer): void {
  const { outer, request } = layer;
  if (outer === null || request.signal.aborted || hasFinished(layer)) return;
  layer.foundLate({
    id: "M3",
    party: "middleware",
    side: "host",
    message: "The client left, and the Request of the inner handler did not abort.",
    advice: "Make it with new Request(request, …), or pass signal: request.signal.",
  });
}

function hasFinished({ isSettled, returned }: Layer): boolean {
  return isSettled && (returned?.watch?.isOver ?? true);
}

/** H25 and A7: one second after an abort, nothing of the exchange should be left. */
function judgeReaction(layer: Layer): void {
  if (!layer.isSettled) {
    layer.foundLate({
      id: "A7",
      party: layer.callee,
      side: "handler",
      message: "The handler has not settled one second after the client left.",
      advice: "Pass request.signal to what it waits for.",
    });
    return;
  }
  const watch = layer.returned?.watch;
  if (watch == null || watch.isOver) return;
  const isOutermost = layer.outer === null;
  // A body that the host took by ways no stream sees shows nothing here; one that is being read does.
  if (isOutermost && watch.state === "untouched") return;
  layer.foundLate({
    id: isOutermost ? "H25" : "M7",
    party: layer.caller,
    side: "host",
    message: "The body was not cancelled within one second of the client's leaving.",
    advice: "Cancel it with signal.reason.",
  });
}
