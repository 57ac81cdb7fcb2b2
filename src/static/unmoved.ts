// Is the file that was described still where it was, and what is it now?

import { realpath } from "node:fs/promises";
import type { Variant } from "./entry.ts";
import { openFile, type OpenFile } from "./file.ts";
import { isSameVersion } from "./version.ts";

/** An open file and the variant that describes exactly what is open. */
export interface Described {
  readonly file: OpenFile;
  readonly current: Variant;
}

/** `null` for what is no regular file, or not where it was when it was found inside the root. */
export async function openDescribed(variant: Variant, nowMs: number): Promise<Described | null> {
  const file = await openFile(variant.file);
  if (file === null) return null;
  if (isSameVersion(file.version, variant.version)) return { file, current: variant };
  // Another file by now: a directory above it may have become a link that leads out of the root.
  const realFile = await realpath(variant.file).catch(() => null);
  if (realFile === variant.file) return { file, current: variant.inVersion(file.version, nowMs) };
  await file.handle.close();
  return null;
}
