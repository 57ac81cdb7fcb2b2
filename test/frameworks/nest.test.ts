// Do Nest apps answer on our server as on node:http? Three versions on two platforms, and for one version more ways to serve it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { before, describe, it } from "node:test";
import { fromNest } from "../../adapters/nest.ts";
import { adopt } from "../../adapters/node.ts";
import { type Deviation, observe, verdicts } from "../parity/judge.ts";
import type { Probe } from "../parity/probe.ts";
import type { Protocol } from "../parity/protocol.ts";
import type { Running, Way } from "../parity/ways.ts";
import { serve } from "../../src/index.ts";
import { type NestApplication, nestProbe, PLATFORMS, VERSIONS } from "./nest-probe.ts";

const DEVIATIONS = JSON.parse(
  readFileSync(new URL("nest-deviations.json", import.meta.url), "utf8"),
) as readonly Deviation[];

/** A probe with all its steps must end in that time on a busy machine. */
const LONGEST_MS = 60_000;

const ON_NODE_HTTP = way("node:http", listening);

const WAYS: readonly Way[] = [
  way("uws", (app) => served(app, "uws")),
  way("uws, adopted", (app) => {
    adopt(app.getHttpServer());
    return listening(app);
  }),
  way("node", (app) => served(app, "node")),
];

/** The other ways give Node's own objects to the app, or the same as the first: what Nest makes of them does not change by version. */
const EVERY_WAY = 11;

function way(name: string, start: (app: NestApplication) => Promise<Running>): Way {
  return { name, depth: "light", serve: (app: RequestListener) => start(app as unknown as NestApplication) };
}

async function served(app: NestApplication, engine: "uws" | "node"): Promise<Running> {
  const server = await serve(fromNest(app), { engine, host: "127.0.0.1", port: 0, log: "off", handleSignals: false });
  return { port: server.port, stop: () => server.close({ deadlineMs: 0 }) };
}

async function listening(app: NestApplication): Promise<Running> {
  await app.listen(0, "127.0.0.1");
  const server = app.getHttpServer();
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await app.close();
  };
  return { port: (server.address() as AddressInfo).port, stop };
}

for (const version of VERSIONS) {
  for (const platform of PLATFORMS) {
    const name = `nest ${version} on ${platform}`;
    describe(name, () => {
      let probe: Probe;
      let reference: Protocol;
      before(async () => {
        probe = await nestProbe(version, platform);
        reference = await observe(probe, ON_NODE_HTTP);
      });
      for (const one of version === EVERY_WAY ? WAYS : WAYS.slice(0, 1)) {
        it(`answers as on node:http [${one.name}]`, { timeout: LONGEST_MS }, async () => {
          const protocol = await observe(probe, one);
          assert.deepEqual(verdicts(name, one, reference, protocol, DEVIATIONS), []);
        });
      }
    });
  }
}
