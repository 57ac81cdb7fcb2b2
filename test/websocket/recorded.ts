// A host whose access records a test can read: the log itself goes to the descriptor of stdout.

import { chooseEngine } from "../../src/engine/choose.ts";
import { Host } from "../../src/host/host.ts";
import type { Handler } from "../../src/index.ts";
import type { AccessRecord } from "../../src/log/access.ts";
import { resolveOptions } from "../../src/options.ts";
import { accessRecord, limitsOf } from "../../src/serve/records.ts";
import type { EngineName } from "../support/engines.ts";

export async function recorded(
  engine: EngineName,
  records: AccessRecord[],
  handler: Handler,
): Promise<AsyncDisposable & { readonly port: number }> {
  const settings = resolveOptions({ options: {} });
  const chosen = await chooseEngine(engine, settings.maxHeaderBytes + settings.maxTargetBytes);
  const host = await Host.start({
    engine: chosen.engine,
    entrances: [{ host: "127.0.0.1", port: 0, portFlag: "--port", tls: null, replyFields: [], phases: [] }],
    isShared: false,
    limits: limitsOf(settings),
    app: { fetch: handler },
    onBound: null,
    record: (exchange, outcome) => records.push(accessRecord(exchange, outcome)),
    refused: () => {},
    report: () => {},
  });
  return {
    port: host.listeners[0].port,
    [Symbol.asyncDispose]: async () => {
      await host.close(100, "close");
    },
  };
}
