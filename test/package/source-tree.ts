// Which files are there, and what does each import? Read from the disk, with TypeScript's own scanner of imports.

import { readdirSync, readFileSync } from "node:fs";
import { join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Root of the repository. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** One `import` or `export … from`, static or dynamic. */
export interface ImportLine {
  readonly specifier: string;
  /** The imported file relative to the root, or `null` for a package. */
  readonly target: string | null;
  readonly typeOnly: boolean;
}

/** One source file. `path` is relative to the root, with `/`. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly ImportLine[];
}

const STATIC_IMPORT = /^(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gmu;
const DYNAMIC_IMPORT = /\b(?:import|require)\(\s*"([^"]+)"/gu;

/** Every TypeScript file under the folders, sorted. */
export function sourceFiles(...folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    filesIn(folder)
      .filter((path) => path.endsWith(".ts"))
      .map((path) => {
        const text = readFileSync(join(ROOT, path), "utf8");
        return { path, text, imports: importsOf(path, text) };
      }),
  );
}

/** Every file under a folder, relative to the root. */
export function filesIn(folder: string): string[] {
  const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
  return (
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join("/"))
      // What is installed, and what Next has built.
      .filter((path) => !path.includes("node_modules/") && !path.includes("/.next"))
      .toSorted()
  );
}

/** The imports of a file's text. Comments do not count. */
export function importsOf(path: string, text: string): ImportLine[] {
  const code = text.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gmu, "");
  const found = [
    ...Array.from(code.matchAll(STATIC_IMPORT), ([, type, specifier = ""]) => ({
      specifier,
      typeOnly: type !== undefined,
    })),
    ...Array.from(code.matchAll(DYNAMIC_IMPORT), ([, specifier = ""]) => ({ specifier, typeOnly: false })),
  ];
  return found.map((line) => ({
    ...line,
    target: line.specifier.startsWith(".") ? posix.join(posix.dirname(path), line.specifier) : null,
  }));
}
