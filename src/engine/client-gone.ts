// What an exchange is aborted with when its client leaves.

/** The reason of the abort (H25): the same on every engine. */
export function clientGone(): DOMException {
  return new DOMException("The client left before the exchange was complete.", "AbortError");
}
