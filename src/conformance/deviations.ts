// Which failures does a host's own list of deviations explain? A listed case has to fail, in the way the list says (H56).

/** One row of a list of deviations. */
export interface Deviation {
  /** A case of the kit, `H24/legal`. */
  readonly id: string;
  /** Why the host does otherwise, for the reader of the list. */
  readonly reason: string;
  /** A part of the sentence with which the case has to fail. Absent: any failure will do. */
  readonly expect?: string;
  /** The row is about this engine or host alone: it counts when the kit is told that name. */
  readonly engine?: string;
}

/**
 * The rows of a list, checked.
 *
 * @throws TypeError naming the row and what is wrong with it.
 */
export function parseDeviations(text: string): Deviation[] {
  const rows: unknown = JSON.parse(text);
  if (!Array.isArray(rows)) throw new TypeError("a list of deviations is an array of { id, reason, expect?, engine? }");
  return rows.map((row: unknown, i) => {
    const found = (typeof row === "object" && row !== null ? row : {}) as Record<string, unknown>;
    for (const name of ["id", "reason"]) {
      if (typeof found[name] !== "string" || found[name] === "") {
        throw new TypeError(`row ${i + 1} has no "${name}": it must be a text`);
      }
    }
    for (const name of ["expect", "engine"]) {
      if (found[name] !== undefined && typeof found[name] !== "string") {
        throw new TypeError(`row ${i + 1} (${String(found["id"])}): "${name}" must be a text`);
      }
    }
    return found as unknown as Deviation;
  });
}

/** The rows about the host called `name`, by id. */
export function deviationsOf(rows: readonly Deviation[], name: string | undefined): ReadonlyMap<string, Deviation> {
  return new Map(
    rows.filter(({ engine }) => engine === undefined || engine === name).map((row) => [row.id, row] as const),
  );
}
