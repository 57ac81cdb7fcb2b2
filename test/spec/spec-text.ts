// SPEC.md is prose by hand around lists from the registry: what do the lists say, and where do they go?

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RULES, type Rule } from "../../src/spec/registry.ts";
import { ROOT } from "../package/source-tree.ts";
import { proofs, UNCLAIMED } from "./evidence.ts";

export const SPEC_FILE: string = join(ROOT, "SPEC.md");

const BLOCK = /<!-- (statements: (\w+)|index) -->\n[\s\S]*?<!-- end -->/gu;

/** SPEC.md with every list as it has to be now. */
export function currentSpec(text: string = readFileSync(SPEC_FILE, "utf8")): string {
  return text.replaceAll(BLOCK, (_block, name: string, section: string | undefined) => {
    const content = section === undefined ? index() : statements(section);
    return `<!-- ${name} -->\n${content}\n<!-- end -->`;
  });
}

function statements(section: string): string {
  const found = RULES.filter((rule) => rule.section === section);
  if (found.length === 0) throw new Error(`SPEC.md asks for the statements of "${section}", which has none.`);
  return found
    .map((rule) => `\n${wrapped(paragraph(rule))}`)
    .join("\n")
    .concat("\n");
}

function paragraph({ id, profile, text }: Rule): string {
  return `**${id}**${profile === "core" ? "" : ` (${profile})`} ${text}`;
}

/** At most 120 columns, for those who read it as text. */
function wrapped(text: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length >= 120) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join("\n");
}

function index(): string {
  const where = proofs();
  const rows = RULES.map(({ id, level, title, profile, sources }) => {
    const missing = UNCLAIMED.has(profile) ? `profile ${profile} not claimed` : "no proof";
    const proof = where.get(id)?.join(", ") ?? missing;
    return `| ${id} | ${level} | ${title} | ${sources.join("; ")} | ${proof} |`;
  });
  return ["", "| id | level | statement | source | proof |", "|---|---|---|---|---|", ...rows, ""].join("\n");
}

/** The normative types, as one module. */
export function normativeTypes(text: string): string {
  return [...text.matchAll(/```ts\n([\s\S]*?)```/gu)].map(([, code]) => code).join("\n");
}
