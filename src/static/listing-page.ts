// How does a directory look to a browser? Pure: names and facts in, page out (A35). Reading the disk is the caller's part.

import { escapeHtml, type Page, page } from "./page.ts";

export interface ListedItem {
  readonly name: string;
  readonly kind: "file" | "directory";
  /** `null` where it means nothing, or is not known. */
  readonly sizeBytes: number | null;
  /** Unix milliseconds; `null` when not known. */
  readonly modifiedMs: number | null;
}

export interface ListingOptions {
  /** Nothing to go up to: no link to the parent directory. Default: true for the path `/` only. */
  readonly isTop?: boolean;
  /** List names that begin with a dot, too. Default false: nobody is to learn of what would not be served (A44). */
  readonly dotfiles?: boolean;
}

/**
 * The page for the directory at `path`: undecoded, with its last slash.
 *
 * Directories come first, each kind sorted as people sort: without case, and 2 before 10. Works without JavaScript and
 * loads nothing. Names that no URL can spell are left out.
 */
export function listingPage(path: string, items: readonly ListedItem[], options: ListingOptions = {}): Page {
  const { isTop = path === "/", dotfiles = false } = options;
  const shown = items.filter(({ name }) => isSpeakable(name) && (dotfiles || !name.startsWith("."))).toSorted(inOrder);
  const up = isTop ? "" : '<p><a href="../">Parent directory</a></p>\n';
  const content = shown.length === 0 ? "<p>This directory is empty.</p>\n" : table(shown);
  return page(`Index of ${readable(path)}`, up + content);
}

function table(items: readonly ListedItem[]): string {
  const head =
    '<thead><tr><th scope="col">Name</th><th scope="col" class="size">Size</th>' +
    '<th scope="col" class="time">Modified (UTC)</th></tr></thead>';
  return `<table>\n${head}\n<tbody>\n${items.map(row).join("")}</tbody>\n</table>\n`;
}

function row({ name, kind, sizeBytes, modifiedMs }: ListedItem): string {
  const slash = kind === "directory" ? "/" : "";
  // "./" keeps a name such as "javascript:x" from being read as a scheme.
  const href = escapeHtml(`./${encodeURIComponent(name)}${slash}`);
  const size = kind === "directory" || sizeBytes === null ? "" : sizeText(sizeBytes);
  return (
    `<tr><td><a href="${href}">${escapeHtml(name)}${slash}</a></td><td class="size">${size}</td>` +
    `<td class="time">${modifiedMs === null ? "" : timeElement(modifiedMs)}</td></tr>\n`
  );
}

const UNITS = ["kB", "MB", "GB", "TB", "PB"] as const;

/** Decimal units, as browsers and file managers show: "1.5 kB". */
function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  let value = bytes / 1000;
  let unit = 0;
  // 999.95 kB would be written "1000.0 kB".
  while (value >= 999.95 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(1)} ${UNITS[unit]}`;
}

/** Dates that no calendar has are what a broken file system reports; they are no reason to fail. */
function timeElement(modifiedMs: number): string {
  const date = new Date(modifiedMs);
  if (Number.isNaN(date.getTime())) return "";
  const iso = date.toISOString();
  return `<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)}</time>`;
}

const ORDER = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

function inOrder(left: ListedItem, right: ListedItem): number {
  if (left.kind !== right.kind) return left.kind === "directory" ? -1 : 1;
  return ORDER.compare(left.name, right.name) || (left.name < right.name ? -1 : 1);
}

/** False for half a surrogate pair, of which no UTF-8 can be made, and for a name that is no file's. */
function isSpeakable(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/\p{Surrogate}/u.test(name);
}

/** As a person would write the path; unchanged when it holds escapes that mean nothing. */
function readable(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
