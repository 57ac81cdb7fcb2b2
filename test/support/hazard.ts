// Runs one hazard on every engine, each time against a server in a process of its own.

import { it, type TestContext } from "node:test";
import { type ChildOptions, ChildServer } from "./child-server.ts";
import { ENGINES, type EngineName } from "./engines.ts";
import { turn } from "./waiting.ts";

/** More than any hazard takes on a busy machine: a test that hangs must fail by itself. */
const LONGEST_MS = 180_000;

/** Registers `sentence` for each engine. The server has survived when the test passes, unless the check itself ends it. */
export function hazard(
  sentence: string,
  check: (server: ChildServer, test: TestContext) => Promise<void>,
  options: ChildOptions & { readonly engines?: readonly EngineName[]; readonly survives?: false } = {},
): void {
  for (const engine of options.engines ?? ENGINES) {
    it(`${sentence} [${engine}]`, { timeout: LONGEST_MS }, async (test) => {
      await using server = await ChildServer.start(engine, options);
      try {
        await check(server, test);
      } catch (error) {
        // A death is why everything else went wrong; its news may come a moment after the end of the connections.
        await Promise.race([server.exited, turn(200)]);
        throw server.exit === null || options.survives === false
          ? error
          : new Error(server.condition, { cause: error });
      }
      if (options.survives !== false) await server.assertServes();
    });
  }
}
