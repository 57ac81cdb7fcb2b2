// The coding that a middleware chooses which compresses as it sends, and knows gzip and deflate.

/**
 * Its choice where that can be told by a look at `Accept-Encoding` (`null`: no such field); `null` where it takes weighing, or comes to
 * deflate.
 */
export function gzipChoice(accepted: string | null): "gzip" | "identity" | null {
  if (accepted === null || accepted === "identity") return "identity";
  return /(?:^|,)\s*gzip\s*(?:,|$)/.test(accepted) && !accepted.includes("identity") ? "gzip" : null;
}
