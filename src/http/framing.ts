// What do the framing fields say? The grammar of Content-Length and Transfer-Encoding.
// (RFC 9112 section 6, clause H1.)

const MAX_DIGITS = 15;
const TOKEN_LIST = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:[ \t]*,[ \t]*[!#$%&'*+\-.^_`|~0-9A-Za-z]+)*$/;

/** The number, `Infinity` for more than 15 digits (past exact integers), or -1 for anything but `1*DIGIT`. */
export function parseContentLength(value: string): number {
  if (value.length === 0) return -1;
  let bytes = 0;
  for (let i = 0; i < value.length; i++) {
    const digit = value.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    bytes = bytes * 10 + digit;
  }
  return value.length > MAX_DIGITS ? Infinity : bytes;
}

/**
 * `chunked` for exactly that coding, in any case. `unsupported` for one we do not implement, alone or before a final
 * `chunked` (501). `invalid` for everything whose end nobody can know (400).
 */
export function parseTransferEncoding(value: string): "chunked" | "unsupported" | "invalid" {
  if (value === "chunked" || value.toLowerCase() === "chunked") return "chunked";
  if (!TOKEN_LIST.test(value)) return "invalid";
  const codings = listElements(value);
  const isLastChunked = codings.indexOf("chunked") === codings.length - 1;
  return codings.length === 1 || isLastChunked ? "unsupported" : "invalid";
}

function listElements(value: string): string[] {
  return value
    .toLowerCase()
    .split(",")
    .map((element) => element.trim());
}
