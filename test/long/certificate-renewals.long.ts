// Certificates of sixty seconds over five renewals, while clients go on asking. It takes two and a half minutes, mostly of waiting:
// a certificate of a minute is renewed when half of it is over.

import assert from "node:assert/strict";
import { Agent, request } from "node:https";
import { describe, it } from "node:test";
import { connect } from "node:tls";
import { serve } from "../../src/index.ts";
import { Pebble, withoutPebble } from "../support/pebble.ts";
import { turn, until } from "../support/waiting.ts";
import { newFolder } from "../support/folders.ts";

describe("certificates of sixty seconds", () => {
  it("B28: five in a row under load, and no request fails", { skip: withoutPebble() }, async () => {
    await using pebble = await Pebble.start({ validitySeconds: 60 });
    const renewed: number[] = [];
    await using server = await serve(() => new Response("ok"), {
      domains: ["load.example"],
      store: newFolder(),
      acmeDirectory: pebble.directoryUrl,
      acmeRoot: pebble.rootFile,
      httpPort: pebble.httpPort,
      httpsPort: 0,
      host: "127.0.0.1",
      log: "off",
      logger: { info() {}, warn() {}, error() {}, child: () => assert.fail("no child is needed") },
      onCertificate: ({ type }) => {
        if (type === "cert_obtained" || type === "cert_renewed") renewed.push(performance.now());
      },
    });
    await until(20_000, "the first certificate", () => renewed.length === 1);
    const ca = await pebble.issuingRoot();
    const load = new Load(server.port, ca);
    await load.start();
    await until(240_000, "five renewals", () => renewed.length >= 6);
    await load.stop();

    assert.deepEqual(load.failures, []);
    assert.ok(load.serials.size >= 5, `${load.serials.size} certificates were seen`);
    assert.ok(load.requests > 1000, `${load.requests} requests`);
  });
});

/** Fifty requests a second and client at most. */
const PAUSE_MS = 20;

/** Requests one after the other: over a kept connection and over new ones, every one of which must verify the certificate. */
class Load {
  readonly failures: string[] = [];
  readonly serials = new Set<string>();
  requests = 0;
  #isOver = false;
  readonly #loops: Promise<void>[] = [];
  readonly #port: number;
  readonly #ca: string;

  constructor(port: number, ca: string) {
    this.#port = port;
    this.#ca = ca;
  }

  /** Begins when the first certificate is served. */
  async start(): Promise<void> {
    while (!(await this.#handshake()));
    this.#loops.push(this.#loop(new Agent({ ca: this.#ca, keepAlive: true, maxSockets: 1 })));
    this.#loops.push(this.#loop(null));
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#loops);
  }

  async #loop(kept: Agent | null): Promise<void> {
    while (!this.#isOver) {
      const agent = kept ?? new Agent({ ca: this.#ca, maxCachedSessions: 0 });
      await this.#get(agent).catch((error: unknown) => this.failures.push(String(error)));
      if (kept === null) agent.destroy();
      // The other files of this run need the processor, too.
      await turn(PAUSE_MS);
    }
    kept?.destroy();
  }

  #get(agent: Agent): Promise<void> {
    const where = {
      host: "127.0.0.1",
      port: this.#port,
      servername: "load.example",
      headers: { host: "load.example" },
      agent,
    };
    return new Promise((resolve, reject) => {
      const outgoing = request(where, (incoming) => {
        const socket = incoming.socket as unknown as { getPeerCertificate(): { serialNumber?: string } };
        const { serialNumber } = socket.getPeerCertificate();
        if (serialNumber !== undefined) this.serials.add(serialNumber);
        this.requests++;
        incoming
          .resume()
          .on("end", () =>
            incoming.statusCode === 200 ? resolve() : reject(new Error(`status ${incoming.statusCode}`)),
          );
      });
      outgoing.on("error", reject).end();
    });
  }

  #handshake(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect({ host: "127.0.0.1", port: this.#port, servername: "load.example", ca: this.#ca }, () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
  }
}
