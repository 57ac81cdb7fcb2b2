// Which sidecars did we make? A file of the directory says so: only what it lists is ever replaced or removed.

import { randomBytes } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SidecarCoding } from "./precompress-files.ts";

/** A dotfile: it is not served. */
export const RECORD_NAME = ".easyserver-precompress.json";

/** What was tried for one file in one coding, and from which state of the file. */
export interface Mark {
  readonly level: number;
  readonly sourceBytes: number;
  /** Nanoseconds as text: JSON numbers are too short. */
  readonly sourceNs: string;
  /** Of the sidecar; `null`: it would not have been smaller, so there is none. */
  readonly bytes: number | null;
}

export type Marks = Readonly<Partial<Record<SidecarCoding, Mark>>>;

/** By path below the directory. */
export type Marked = Map<string, Partial<Record<SidecarCoding, Mark>>>;

/** An empty record when there is none. @throws SyntaxError for a file that is no record. */
export async function readRecord(root: string): Promise<Marked> {
  let text: string;
  try {
    text = await readFile(join(root, RECORD_NAME), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return new Map();
    throw error;
  }
  const content: unknown = JSON.parse(text);
  if (!isObject(content) || content["version"] !== 1 || !isObject(content["files"])) {
    throw new SyntaxError("It is not what easyserver writes.");
  }
  return new Map(Object.entries(content["files"]).filter(([, marks]) => areMarks(marks))) as Marked;
}

/** Written beside and renamed, so that no reader sees half of it. Without entries, the file goes. */
export async function writeRecord(root: string, record: Marked): Promise<void> {
  const path = join(root, RECORD_NAME);
  if (record.size === 0) {
    await rm(path, { force: true });
    return;
  }
  const files = Object.fromEntries([...record].toSorted(([left], [right]) => (left < right ? -1 : 1)));
  const draft = join(root, draftName());
  try {
    await writeFile(draft, `${JSON.stringify({ version: 1, files }, null, 1)}\n`, { flag: "wx" });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** A name that is not served, for a file that is being written. */
export function draftName(): string {
  return `.easyserver-${randomBytes(8).toString("hex")}.tmp`;
}

function areMarks(value: unknown): boolean {
  return (
    isObject(value) && Object.values(value).every((mark) => isObject(mark) && typeof mark["sourceNs"] === "string")
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
