// Does a TypeScript app run from the built command, and what is said where it cannot?

import assert from "node:assert/strict";
import { cpSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { folder, listening, run, start } from "./command.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BUILT = join(ROOT, "dist/src/cli/main.js");
const LOOPBACK = ["--host", "127.0.0.1", "--port", "0"];
const FILES = {
  "app.ts": `import type { Server } from "node:http";
import { greeting } from "./greeting.ts";
const kind: keyof Server = "listen";
export default (): Response => new Response(greeting satisfies string + kind);`,
  "greeting.ts": "export const greeting: string = 'typed ';",
};

describe("a TypeScript app", () => {
  it("D17: runs, natively or through tsx, as an ES module and as CommonJS", async () => {
    for (const type of ["module", "commonjs"]) {
      const cwd = folder({ ...FILES, "package.json": JSON.stringify({ type }) });
      await using command = start(["app.ts", ...LOOPBACK], { cwd, node: [BUILT] });
      const response = await fetch(await listening(command));

      assert.equal(await response.text(), "typed listen", type);
    }
  });

  const strips = Boolean((process.features as { typescript?: unknown }).typescript);

  it("D17: is refused with a clear message where tsx is missing", { skip: strips }, async () => {
    const cwd = folder(FILES);
    const modules = join(cwd, "node_modules");
    mkdirSync(join(modules, "easyserver"), { recursive: true });
    cpSync(join(ROOT, "dist"), join(modules, "easyserver/dist"), { recursive: true });
    cpSync(join(ROOT, "package.json"), join(modules, "easyserver/package.json"));
    for (const name of readdirSync(join(ROOT, "node_modules"))) {
      if (name !== "tsx" && !name.startsWith(".")) symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
    }

    const { code, stderr } = await run(["app.ts"], { cwd, node: [join(modules, "easyserver/dist/src/cli/main.js")] });

    assert.equal(code, 1);
    assert.match(
      stderr,
      /^easyserver: "app\.ts" is TypeScript, .* Install tsx next to it \(npm install --save-dev tsx\)/,
    );
  });
});
