// Which engine serves here, and if it is not the fast one: why?

import { ServerError } from "../errors.ts";
import type { Engine } from "./engine.ts";
import { loadAddon } from "./uws/load.ts";

export interface ChosenEngine {
  readonly engine: Engine;
  /** Set when `auto` had to take the slower engine: one line for the operator. */
  readonly note: string | null;
}

/**
 * `auto` takes uWebSockets.js where it loads and node:http where it does not. `headerBytes` is the longest request head
 * to let in; the first call of a process fixes it.
 *
 * @throws ServerError `ERR_ENGINE_UNAVAILABLE` when `uws` was asked for and cannot run.
 */
export async function chooseEngine(wanted: "auto" | "uws" | "node", headerBytes: number): Promise<ChosenEngine> {
  if (wanted === "node") return { engine: await nodeEngine(), note: null };
  const addon = loadAddon(headerBytes);
  if (addon.native !== null) {
    const { createUwsEngine } = await import("./uws/listen.ts");
    return { engine: createUwsEngine(addon.native, addon.version), note: null };
  }
  if (wanted === "uws") {
    throw new ServerError("ERR_ENGINE_UNAVAILABLE", `The engine "uws" cannot run: ${addon.reason}.`);
  }
  return { engine: await nodeEngine(), note: `Serving with the slower node engine, because ${addon.reason}.` };
}

/** Each engine is loaded only where it serves: the other one would cost its share of the start. */
async function nodeEngine(): Promise<Engine> {
  const { createNodeEngine } = await import("./node/engine.ts");
  return createNodeEngine();
}
