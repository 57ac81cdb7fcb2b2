// Which tests, lint checks and kit cases prove which statement? Read from the text of the files themselves.

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { ADAPTER_PROBES } from "../../src/conformance/adapter/probes.ts";
import { CASES } from "../../src/conformance/cases.ts";
import { RULES, type Rule } from "../../src/spec/registry.ts";
import { ROOT } from "../package/source-tree.ts";

/**
 * Folders whose A and D ids mean SPEC.md. Elsewhere they are the requirements of files (A) and of the command (D); T, H and M
 * mean SPEC.md everywhere.
 */
const SPEC_FOLDERS = new Set([
  "adapters",
  "conformance",
  "fetch-objects",
  "host",
  "lint",
  "node-bridge",
  "parity",
  "spec",
  "types",
  "websocket",
]);

// Written so that they differ from the folder of a test, and in SPEC.md stand out.
const LINT = "*lint*";
const KIT = "*kit*";

/** One place that names a statement. */
export interface Mention {
  readonly id: string;
  /** The linter, the kit, or the folder of a test. */
  readonly place: string;
  readonly file: string;
}

const IDS = String.raw`[THADM]\d+(?:\/[\w-]+)?(?:, [THADM]\d+(?:\/[\w-]+)?)*`;

// The title of a test, the id of a row in a table of tests, and a type that has to compile.
const IN_TESTS: readonly RegExp[] = [
  new RegExp(String.raw`\b(?:clause|it|test|describe)\(\s*["'\x60](${IDS})["'\x60:]`, "gu"),
  new RegExp(String.raw`\bid: "(${IDS})"`, "gu"),
  new RegExp(String.raw`^// (${IDS}): `, "gmu"),
];

const IN_SOURCES: readonly RegExp[] = [/"([THADM]\d+)(?:\/[\w-]+)?"/gu];

/** Every mention in the tests of this repository, in the linter and in the kit. */
export function mentions(): Mention[] {
  return [
    ...filesBelow("test").flatMap((file) => testMentions(file, readFileSync(join(ROOT, file), "utf8"))),
    ...filesBelow("src/lint").flatMap((file) => sourceMentions(file, LINT)),
    ...sourceMentions("src/lint.ts", LINT),
    ...[...CASES, ...ADAPTER_PROBES].map(({ id }) => ({
      id: id.split("/", 1)[0]!,
      place: KIT,
      file: "src/conformance",
    })),
  ];
}

/** The mentions in one test file. */
export function testMentions(file: string, text: string): Mention[] {
  const place = file.split("/")[1] ?? "";
  const patterns = place === "types" ? IN_TESTS : IN_TESTS.slice(0, 2);
  return idsIn(text, patterns)
    .filter((id) => !/^[AD]/u.test(id) || SPEC_FOLDERS.has(place))
    .map((id) => ({ id, place, file }));
}

function sourceMentions(file: string, place: string): Mention[] {
  return idsIn(readFileSync(join(ROOT, file), "utf8"), IN_SOURCES).map((id) => ({ id, place, file }));
}

function idsIn(text: string, patterns: readonly RegExp[]): string[] {
  return patterns
    .flatMap((pattern) => [...text.matchAll(pattern)])
    .flatMap(([, list = ""]) => list.split(", "))
    .map((id) => id.split("/", 1)[0]!);
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .sort();
}

/** Where each statement is proved: linter and kit first, then the folders of tests. */
export function proofs(found: readonly Mention[] = mentions()): ReadonlyMap<string, readonly string[]> {
  const places = new Map<string, Set<string>>();
  for (const { id, place } of found) {
    if (!places.has(id)) places.set(id, new Set());
    places.get(id)!.add(place);
  }
  const isFirst = (place: string): boolean => place === LINT || place === KIT;
  return new Map(
    [...places].map(([id, set]) => [
      id,
      [...set].sort((one, other) => Number(isFirst(other)) - Number(isFirst(one)) || one.localeCompare(other)),
    ]),
  );
}

/** Profiles that easyserver does not claim, so that their statements may be without proof. */
export const UNCLAIMED: ReadonlySet<string> = new Set(["informational", "trailers"]);

/** Statements of claimed profiles that nothing proves, whatever their level. */
export function unproved(where: ReadonlyMap<string, readonly string[]> = proofs()): readonly Rule[] {
  return RULES.filter(({ id, profile }) => !UNCLAIMED.has(profile) && !where.has(id));
}
