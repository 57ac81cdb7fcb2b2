// Does an answer that is made while an upload comes in fast leave the connection whole?

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Server, serve } from "../../src/index.ts";
import { makePair, withoutOpenssl } from "../support/certificates.ts";
import { ENGINES } from "../support/engines.ts";
import { TlsClient } from "../support/tls-server.ts";

/** Reads until so much is there, and answers then and there. */
const READ_BYTES = [1, 600_000, 1_100_000, 1_500_000];

const BODY = Buffer.alloc(1_600_000, "0123456789abcdef-");

const CONNECTIONS = 5;

async function handler(request: Request): Promise<Response> {
  const enough = Number(new URL(request.url).searchParams.get("read"));
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes >= enough) break;
  }
  return new Response(String(bytes));
}

describe("a fast upload over TLS", { skip: withoutOpenssl }, () => {
  const { certFile, keyFile } = makePair(["a.test", "127.0.0.1"]);

  for (const engine of ENGINES) {
    describe(engine, () => {
      let server: Server;
      before(async () => {
        const place = { host: "127.0.0.1", httpsPort: 0, httpPort: false, cert: certFile, key: keyFile } as const;
        server = await serve(handler, { ...place, engine, log: "off" });
      });
      after(() => server.close());

      for (const enough of READ_BYTES) {
        it(`is answered after ${enough} bytes of it, and the connection goes on`, async () => {
          for (let i = 0; i < CONNECTIONS; i++) {
            await using client = await TlsClient.connect(server.port);
            for (let k = 0; k < 3; k++) {
              const { status, text, fields } = await client.post(`/?read=${enough}`, BODY);
              assert.equal(status, 200);
              assert.ok(Number(text) >= enough, text);
              if (fields.some(([name, value]) => name === "connection" && value === "close")) break;
            }
          }
        });
      }
    });
  }
});
