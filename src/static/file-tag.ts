// Does a Response carry a file? Small, because every reply is asked: what sends files is loaded when there is one.

import type { FileDescriptor } from "../contract.ts";

/** Where a Response keeps its file. Registered, so that packages that do not know each other agree. */
export const FILE: unique symbol = Symbol.for("fsgi.file") as never;

/** The file of a Response that is still as it was made; `null` for any other value. */
export function fileOf(response: object, status: number): FileDescriptor | null {
  const found = (response as { readonly [FILE]?: unknown })[FILE];
  if (typeof found !== "object" || found === null) return null;
  const { path, root, status: made } = found as Partial<FileDescriptor>;
  const isWhole = typeof path === "string" && (typeof root === "string" || root === null) && made === status;
  return isWhole ? (found as FileDescriptor) : null;
}
