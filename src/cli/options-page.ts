// Writes the table of docs/options.md: everything between `<!-- options:start -->` and `<!-- options:end -->`.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Listed, listedSettings } from "../options/listing.ts";

const START = "<!-- options:start -->";
const END = "<!-- options:end -->";

/** The table of every setting, as Markdown. */
export function optionTable(): string {
  const rows = listedSettings().map((setting) => {
    const cells = [spellings(setting), code(setting.variables), setting.defaultText, meaning(setting)];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  });
  return ["| setting | environment | default | what it does |", "|---|---|---|---|", ...rows].join("\n");
}

function spellings(setting: Listed): string {
  const flag = setting.isOnByDefault && setting.flag !== null ? `--no-${setting.flag.slice(2)}` : setting.flag;
  const names = setting.isForFiles ? [setting.name] : [];
  return code([...names, ...(flag === null ? [] : [flag])]);
}

function code(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}

function meaning(setting: Listed): string {
  return setting.danger === null ? setting.help : `${setting.help} *${setting.danger}*`;
}

/** `text` with the table put between the marks; `null` when it has no such marks. */
export function withOptionTable(text: string): string | null {
  const start = text.indexOf(START);
  const end = text.indexOf(END);
  if (start === -1 || end < start) return null;
  return `${text.slice(0, start + START.length)}\n\n${optionTable()}\n\n${text.slice(end)}`;
}

function main(): void {
  const file = fileURLToPath(new URL("../../docs/options.md", import.meta.url));
  const rewritten = withOptionTable(readFileSync(file, "utf8"));
  if (rewritten === null) throw new Error(`docs/options.md has no lines ${START} and ${END}.`);
  writeFileSync(file, rewritten);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main();
