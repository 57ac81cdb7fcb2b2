// Which versions run here?

import { readFileSync } from "node:fs";

/** The version of this package. */
export function packageVersion(): string {
  // The sources lie one folder higher than the build.
  for (const manifest of ["../../package.json", "../../../package.json"]) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(manifest, import.meta.url), "utf8")) as {
        name: string;
        version: string;
      };
      if (name === "easyserver") return version;
    } catch {
      continue;
    }
  }
  return "unknown";
}

/** What `--version` prints: easyserver, Node and the engine that would serve. */
export async function versionText(engine: "auto" | "uws" | "node"): Promise<string> {
  const { availableEngine } = await import("../index.ts");
  const chosen = await availableEngine(engine);
  const reason = chosen.note === null ? "" : `${chosen.note}\n`;
  return `easyserver ${packageVersion()}\nnode ${process.versions.node}\nengine ${chosen.name} ${chosen.version}\n${reason}`;
}
