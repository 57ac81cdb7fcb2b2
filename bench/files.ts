// Which files do the static loads ask for? Made once on the machine, from numbers drawn by a fixed rule: the same everywhere.

import { existsSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** One file, and what a request for it should get. */
export interface BenchFile {
  /** Path below the folder; the target of a request is this after a slash. */
  readonly name: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  /** Text that shrinks, with `.br` and `.gz` beside it; else random bytes without. */
  readonly isText: boolean;
}

/** The name says which version of the files it is: another version is another folder. */
export const FOLDER: string = join(tmpdir(), "easyserver-bench-files-1");

/** Whole seconds, long ago: whatever a server makes of it stays as it is. */
const MODIFIED = new Date(Date.UTC(2023, 10, 14, 22, 13, 20));

const SINGLE_SIZES = { "1k": 1024, "16k": 16_384, "128k": 131_072, "1m": 1_048_576 } as const;

const TEXT_KINDS = [
  ["html", "text/html"],
  ["css", "text/css"],
  ["js", "text/javascript"],
  ["json", "application/json"],
  ["svg", "image/svg+xml"],
  ["js", "text/javascript"],
] as const;
const BINARY_KINDS = [
  ["webp", "image/webp"],
  ["woff2", "font/woff2"],
  ["jpg", "image/jpeg"],
  ["mp4", "video/mp4"],
] as const;

/** A pair for each size: the one that is timed, and another to check with. */
export function singleFile(size: keyof typeof SINGLE_SIZES, which: "timed" | "other"): BenchFile {
  return { name: `${which}-${size}.txt`, contentType: "text/plain", sizeBytes: SINGLE_SIZES[size], isText: false };
}

/** 200 files of 1 to 200 KiB, small ones more often, three of five of them text: about what a page's assets are. */
export function mixFiles(): readonly BenchFile[] {
  const draw = numbers(200);
  return Array.from({ length: 200 }, (_, index) => {
    const isText = index % 5 < 3;
    const kinds = isText ? TEXT_KINDS : BINARY_KINDS;
    const [extension, contentType] = kinds[Math.floor(index / 5) % kinds.length] ?? TEXT_KINDS[0];
    const sizeBytes = Math.round(1024 * 200 ** draw());
    return { name: `mix/${String(index).padStart(3, "0")}.${extension}`, contentType, sizeBytes, isText };
  });
}

const contents = new Map<string, Buffer>();

/** The content, which depends on name and size alone. */
export function contentOf(file: BenchFile): Buffer {
  const content = contents.get(file.name) ?? makeContent(file);
  contents.set(file.name, content);
  return content;
}

function makeContent({ name, sizeBytes, isText }: BenchFile): Buffer {
  const seed = Buffer.from(name).reduce((sum, octet) => (sum * 31 + octet) % 2 ** 31, 7);
  const draw = numbers(seed);
  if (isText) return prose(draw, sizeBytes);
  const content = Buffer.alloc(sizeBytes);
  // Letters for single files, so that a person who looks at an answer can see that it is one; any byte in the others.
  const [from, count] = name.startsWith("mix/") ? [0, 256] : [97, 26];
  for (let i = 0; i < sizeBytes; i++) content[i] = from + Math.floor(draw() * count);
  return content;
}

const WORDS = "const export function return width margin color border value index title class display block path".split(
  " ",
);

function prose(draw: () => number, sizeBytes: number): Buffer {
  let text = "";
  while (text.length < sizeBytes) {
    text += `${WORDS[Math.floor(draw() * WORDS.length)]}${draw() < 0.2 ? `-${Math.floor(draw() * 10_000)};\n` : " "}`;
  }
  return Buffer.from(text.slice(0, sizeBytes), "latin1");
}

/** Writes all files unless they are there. A run that was interrupted leaves nothing half done under the name. */
export function ensureFiles(): void {
  if (existsSync(FOLDER)) return;
  const draft = `${FOLDER}-${process.pid}`;
  const singles = (Object.keys(SINGLE_SIZES) as (keyof typeof SINGLE_SIZES)[]).flatMap((size) => [
    singleFile(size, "timed"),
    singleFile(size, "other"),
  ]);
  for (const file of [...singles, ...mixFiles()]) {
    const content = contentOf(file);
    write(join(draft, file.name), content);
    if (!file.isText) continue;
    write(join(draft, `${file.name}.gz`), gzipSync(content, { level: 9 }));
    const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
    write(join(draft, `${file.name}.br`), brotliCompressSync(content, { params }));
  }
  rmSync(FOLDER, { recursive: true, force: true });
  renameSync(draft, FOLDER);
}

function write(path: string, content: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  utimesSync(path, MODIFIED, MODIFIED);
}

/** Numbers in [0, 1) that are the same for the same seed (a linear congruential generator; good enough to mix files). */
export function numbers(seed: number): () => number {
  let state = (seed * 2_654_435_761 + 1) % 2 ** 32;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
