// How does a value look in a message? On one line, short, and safe to print.

/** A value as it appears in a message. */
export function shown(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint" || typeof value === "symbol") return String(value);
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    text = undefined;
  }
  if (typeof value === "number" || text === undefined) return shortened(String(value));
  return shortened(text);
}

/** Text as it appears in a message. */
export function shortened(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters must not reach a terminal
  const printable = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, "?");
  return printable.length <= 60 ? printable : `${printable.slice(0, 57)}...`;
}
