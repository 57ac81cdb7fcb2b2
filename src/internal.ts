// What our own adapters take from the server beyond its public names. Not part of the package's interface: no export map
// entry leads here, and any release may change it.

import type { ServeOptions } from "./options/serve-options.ts";
import { appFrom } from "./app.ts";
import { NodeListenerHost } from "./host/node-listener.ts";
import { createReport } from "./host/report.ts";
import { resolveOptions } from "./options.ts";
import { limitsOf, openLogger } from "./serve.ts";

export type { Exchange, Outcome, Reply, ReplySource } from "./engine/engine.ts";
export type { NativeEntry } from "./host/native.ts";
export type { NodeListenerHost } from "./host/node-listener.ts";

/** The settings of a server that are about single requests. */
export type RequestOptions = Pick<
  ServeOptions,
  "maxBodyBytes" | "bodyIdleMs" | "writeStallMs" | "handlerMs" | "chunked" | "logger" | "mode"
>;

/** A host for `app` behind other people's node:http servers. @throws ServerError as `serve()` does. */
export function nodeListenerHost(app: unknown, options: RequestOptions): NodeListenerHost {
  const settings = resolveOptions({ options });
  const logger = settings.logger ?? openLogger(settings);
  const report = createReport(logger, () => openLogger(settings));
  return new NodeListenerHost({ app: appFrom(app), limits: limitsOf(settings), report });
}
