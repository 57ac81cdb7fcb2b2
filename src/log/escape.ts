// How is a text that a client chose made safe to print? Pure. The result is ASCII without controls: no line can be
// broken or forged with it, and no terminal can be driven (ops C24).

// oxlint-disable-next-line no-control-regex -- what is not allowed are exactly the controls
const UNSAFE_IN_JSON = /[^ !#-[\]-~]/;
const UNSAFE_IN_COLUMN = /[^!-[\]-~]/;

/** The inside of a JSON string. Everything outside printable ASCII becomes `\uXXXX`, lone surrogates included. */
export function escapeForJson(text: string): string {
  return UNSAFE_IN_JSON.test(text) ? escapeUnits(text, UNSAFE_IN_JSON) : text;
}

/** One column of a line for people: as in JSON, and spaces are escaped too, so that it cannot pose as two columns. */
export function escapeForColumn(text: string): string {
  return UNSAFE_IN_COLUMN.test(text) ? escapeUnits(text, UNSAFE_IN_COLUMN) : text;
}

function escapeUnits(text: string, unsafe: RegExp): string {
  let escaped = "";
  for (let i = 0; i < text.length; i++) {
    const unit = text.charAt(i);
    escaped += unsafe.test(unit) ? escapeUnit(unit) : unit;
  }
  return escaped;
}

function escapeUnit(unit: string): string {
  if (unit === '"' || unit === "\\") return `\\${unit}`;
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
