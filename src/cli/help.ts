// What does `--help` print? Generated from the declaration of the settings; at most 80 columns.

import { type Listed, listedSettings } from "../options/listing.ts";
import { COMMANDS } from "./commands.ts";

const WIDTH = 80;
const INDENT = 6;

const USAGE = "Usage: easyserver [app] [options]";

const EXAMPLES = `Examples:
  easyserver ./app.js --port 8080
      serve a module whose default export is (request) => Response
  easyserver --static ./public
      serve a folder`;

const APP = `  app
      Module to serve: it exports a function (request) => Response or an
      object with a fetch method, as default or as fetch, handler or app. A
      folder stands for the main file of its package.json, or its index.`;

const ORDER = `A flag beats a variable, a variable beats the settings file. An empty variable
counts as unset. Sizes: 10mb, 16kb or bytes. Times: 30s, 500ms or milliseconds.`;

/** What to print where an app was needed: usage and examples. */
export function shortHelp(): string {
  return `${USAGE}\n\n${EXAMPLES}\n\nAll options: easyserver --help\n`;
}

/** Everything, examples first. */
export function fullHelp(): string {
  const settings = listedSettings().filter((setting) => setting.flag !== null);
  const groups = [...new Set(settings.map((setting) => setting.group))].map((group) => {
    const entries = settings.filter((setting) => setting.group === group).map(entry);
    return `${group}:\n${entries.join("\n")}`;
  });
  return `${USAGE}\n\n${EXAMPLES}\n\nArgument:\n${APP}\n\n${commandList()}${groups.join("\n\n")}\n\n${ORDER}\n`;
}

function commandList(): string {
  if (COMMANDS.length === 0) return "";
  const entries = COMMANDS.map(({ name, usage, summary }) => [`  ${name} ${usage}`, ...wrapped(summary)].join("\n"));
  return `Commands (each has its own --help):\n${entries.join("\n")}\n\n`;
}

function entry(setting: Listed): string {
  const name = setting.isOnByDefault ? `--no-${setting.flag?.slice(2)}` : (setting.flag ?? "");
  const letter = setting.letter === null ? "" : `-${setting.letter}, `;
  const value = setting.placeholder === null ? "" : ` ${setting.placeholder}`;
  const repeated = setting.isRepeatable ? " (repeatable)" : "";
  const about = setting.isOnByDefault
    ? `Do not ${setting.help.charAt(0).toLowerCase()}${setting.help.slice(1)}`
    : setting.help;
  const facts = setting.placeholder === null ? [] : [`default: ${setting.defaultText}`];
  if (setting.variables.length > 0) facts.push(`env: ${setting.variables.join(", ")}`);
  return [
    `  ${letter}${name}${value}${repeated}`,
    ...wrapped(setting.danger === null ? about : `${about} ${setting.danger}`),
    ...(facts.length === 0 ? [] : wrapped(`[${facts.join("; ")}]`)),
  ].join("\n");
}

/** Lines of `text`, indented, none wider than the page. */
export function wrapped(text: string, indent: number = INDENT): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((content) => " ".repeat(indent) + content);
}
