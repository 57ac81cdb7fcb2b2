// What our own adapters take from the server beyond its public names. Not part of the package's interface: no export map
// entry leads here, and any release may change it.

import type { RequestOptions, ServeOptions } from "./options/serve-options.ts";
import { appFrom } from "./app.ts";
import { loadAddon } from "./engine/uws/load.ts";
import { ServerError } from "./errors.ts";
import { AdoptedHost } from "./host/adopted-host.ts";
import type { NativeEntry } from "./host/native.ts";
import { NodeListenerHost } from "./host/node-listener.ts";
import { createReport } from "./host/report.ts";
import { environment, resolveOptions } from "./options.ts";
import type { ListedFiles, ListedTable } from "./static/listed.ts";
import { accessRecord, limitsOf, openAccessLog, openLogger } from "./serve/records.ts";

export type { BodyTaker, ChunkTaker, Exchange, Outcome, Reply, ReplySource } from "./engine/engine.ts";
export type { AdoptedHost } from "./host/adopted-host.ts";
export type { NativeEntry, Opened } from "./host/native.ts";
export type { NodeListenerHost } from "./host/node-listener.ts";
export { gzipChoice } from "./static/gzip-choice.ts";
export { upgradeRefusal } from "./websocket/upgrade.ts";
export { VirtualSocket } from "./websocket/virtual-socket.ts";
export type { ListedFile, ListedFiles, ListedTable } from "./static/listed.ts";

/** The settings of an adopted server: `engine` "node" leaves it to Node, and `log` is off unless it is asked for. */
export type AdoptedOptions = RequestOptions & Pick<ServeOptions, "engine" | "log">;

/**
 * What serves an http.Server object in place of its own sockets; a sentence where the fast engine does not run here, and the
 * server is left to Node. @throws ServerError `ERR_OPTIONS_INVALID`, `ERR_ENGINE_UNAVAILABLE`
 */
export function adoptedHost(enter: NativeEntry, options: AdoptedOptions): AdoptedHost | string {
  const settings = resolveOptions({
    options,
    environment: environment(),
    file: { log: "off" },
    fileName: "the defaults of adopt()",
  });
  if (settings.workers > 0) {
    const cure = `start it by easyserver ./app.js --workers ${settings.workers}`;
    const what = `"workers" is ${settings.workers}, but a program that opens its port itself is one process: ${cure}.`;
    throw new ServerError("ERR_OPTIONS_INVALID", what);
  }
  if (settings.engine === "node") return "the engine node was asked for";
  const addon = loadAddon(settings.maxHeaderBytes + settings.maxTargetBytes);
  if (addon.native === null) {
    if (settings.engine === "auto") return addon.reason;
    throw new ServerError("ERR_ENGINE_UNAVAILABLE", `The engine "uws" cannot run: ${addon.reason}.`);
  }
  const logger = settings.logger ?? openLogger(settings);
  const access = openAccessLog(settings);
  return new AdoptedHost({
    native: addon.native,
    enter,
    limits: limitsOf(settings),
    report: createReport(logger, () => openLogger(settings)),
    record: access === null ? null : (exchange, outcome) => access.write(accessRecord(exchange, outcome)),
  });
}

/** A host for `app` behind other people's node:http servers. @throws ServerError as `serve()` does. */
export function nodeListenerHost(app: unknown, options: RequestOptions): NodeListenerHost {
  const settings = resolveOptions({ options });
  const logger = settings.logger ?? openLogger(settings);
  const report = createReport(logger, () => openLogger(settings));
  return new NodeListenerHost({ app: appFrom(app), limits: limitsOf(settings), report });
}

/** What answers for files that a framework has listed. Loaded here, as most servers have none. */
export async function openListedFiles(table: ListedTable): Promise<ListedFiles> {
  const { ListedFiles: Files } = await import("./static/listed.ts");
  return new Files(table);
}
