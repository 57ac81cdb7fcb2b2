// Which entity tags does a field name, and do two of them match? Pure grammar of entity-tag (RFC 9110 section 8.8.3).
// A tag is kept as it stands on the wire, quotes and `W/` included.

/** `"*"`, or the tags in order of appearance: never an empty list. */
export type EntityTags = "*" | readonly string[];

// One list element, which may be empty (RFC 9110 section 5.6.1.2), up to its comma. A comma or space inside the quotes
// must not split: etagc holds commas. No run of blanks can be shared out in two ways, so hostile input stays linear.
const ELEMENT = /[ \t]*(?:((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*)?(?:,|$)/y;

/**
 * Reads an `If-Match` or `If-None-Match` value.
 *
 * Gives `null` when the value breaks the grammar anywhere: half a list must not decide a precondition.
 */
export function parseEntityTags(field: string): EntityTags | null {
  if (field === "*") return "*";
  const tags: string[] = [];
  let position = 0;
  while (position < field.length) {
    ELEMENT.lastIndex = position;
    const element = ELEMENT.exec(field);
    if (element === null) return null;
    if (element[1] !== undefined) tags.push(element[1]);
    position = ELEMENT.lastIndex;
  }
  return tags.length === 0 ? null : tags;
}

/** True for a tag that promises only equivalence, not equal bytes. */
export function isWeak(tag: string): boolean {
  return tag.startsWith("W/");
}

/** Byte-for-byte equality was promised by both sides (RFC 9110 section 8.8.3.2). */
export function strongMatch(left: string, right: string): boolean {
  return left === right && !isWeak(left);
}

/** Equal apart from the weakness marks (RFC 9110 section 8.8.3.2). */
export function weakMatch(left: string, right: string): boolean {
  return opaque(left) === opaque(right);
}

function opaque(tag: string): string {
  return isWeak(tag) ? tag.slice(2) : tag;
}
