// Does every client get its own bytes, while the memory that files are read into is used again and again?

import assert from "node:assert/strict";
import { once } from "node:events";
import { get as getPlain, type IncomingMessage } from "node:http";
import { connect as connectHttp2, type ClientHttp2Session } from "node:http2";
import { get as getTls } from "node:https";
import type { Readable } from "node:stream";
import { after, before, describe, it } from "node:test";
import { serve, type Server } from "../../src/index.ts";
import { openFile, FileSource } from "../../src/static/file.ts";
import { makePair, withoutOpenssl } from "../support/certificates.ts";
import { ENGINES, type EngineName } from "../support/engines.ts";
import { within } from "../support/waiting.ts";
import { Site } from "./site.ts";

const KIB = 1024;
/** The large ones are more than the system takes of a client that reads nothing. */
const SIZES = [5, 20, 70, 200, 300, 700, 6_000].map((kib) => kib * KIB);
const FILES = Array.from({ length: 21 }, (_, i) => Buffer.alloc(SIZES[i % SIZES.length]!, `<file ${i}>`));
const TIMES = 2;

let site: Site;
before(async () => {
  site = await Site.create(Object.fromEntries(FILES.map((content, i) => [`${i}.bin`, content])));
});
after(() => site[Symbol.asyncDispose]());

/** Asks for a file. The body is read by whoever gets it. */
type Wire = (target: string) => Promise<Readable>;

/** What a client does: reads on, stops for a while, or leaves in the middle. */
type Manner = "reads" | "pauses" | "leaves";

async function visit(wire: Wire, index: number, manner: Manner): Promise<void> {
  const expected = FILES[index]!;
  const body = await wire(`/${index}.bin`);
  let received = 0;
  const isOver = new Promise<void>((resolve, reject) => {
    body.once("close", resolve).once("error", manner === "leaves" ? () => {} : reject);
    body.on("data", (chunk: Buffer) => {
      const isRight = chunk.equals(expected.subarray(received, received + chunk.length));
      if (!isRight)
        reject(new Error(`file ${index} has foreign bytes between ${received} and ${received + chunk.length}`));
      if (received === 0 && manner === "pauses") {
        body.pause();
        setTimeout(() => body.resume(), 30);
      }
      received += chunk.length;
      if (manner === "leaves") body.destroy();
    });
  });
  await within(20_000, `all of file ${index}`, isOver);
  if (manner !== "leaves") assert.equal(received, expected.length);
}

async function visitAll(wire: Wire): Promise<void> {
  const manners: readonly Manner[] = ["reads", "pauses", "leaves", "reads"];
  const visits = Array.from({ length: FILES.length * TIMES }, (_, i) => i).values();
  const lane = async (): Promise<void> => {
    for (const i of visits) await visit(wire, (i * 8) % FILES.length, manners[i % manners.length]!);
  };
  await Promise.all(Array.from({ length: 12 }, lane));
}

function start(engine: EngineName, options: Parameters<typeof serve>[1] = {}): Promise<Server> {
  const fixed = { engine, host: "127.0.0.1", log: "off", handleSignals: false, staticCacheBytes: 0 } as const;
  return serve(null, { ...fixed, static: { "/": site.root }, ...options });
}

async function responseTo(request: NodeJS.EventEmitter): Promise<Readable> {
  const [response] = (await once(request, "response")) as [IncomingMessage];
  assert.equal(response.statusCode, 200);
  return response;
}

async function streamOf(session: ClientHttp2Session, target: string): Promise<Readable> {
  const stream = session.request({ ":path": target });
  await once(stream, "response");
  return stream;
}

describe("files that are read while they are sent", () => {
  for (const engine of ENGINES) {
    it(`give every client its own bytes [${engine}]`, { timeout: 60_000 }, async () => {
      await using server = await start(engine, { port: 0 });

      await visitAll((path) => responseTo(getPlain({ host: "127.0.0.1", port: server.port, path, agent: false })));
    });
  }

  describe("over TLS", { skip: withoutOpenssl }, () => {
    const pair = makePair(["a.test"]);
    const tls = { cert: pair.certFile, key: pair.keyFile, httpPort: 0, httpsPort: 0 };
    const trust = { ca: pair.chainPem, servername: "a.test" };

    for (const engine of ENGINES) {
      it(`give every client its own bytes [${engine}]`, { timeout: 60_000 }, async () => {
        await using server = await start(engine, tls);
        const headers = { host: "a.test" };

        await visitAll((path) =>
          responseTo(getTls({ host: "127.0.0.1", port: server.port, path, headers, agent: false, ...trust })),
        );
      });
    }

    it("give every stream of one HTTP/2 connection its own bytes [node]", { timeout: 60_000 }, async () => {
      await using server = await start("node", tls);
      const session = connectHttp2(`https://127.0.0.1:${server.port}`, trust);
      await visitAll((path) => streamOf(session, path));

      session.destroy();
      // Streams were reset with the code for "no error", of which Node does not tell.
      await within(10_000, "nothing is left in flight", server.close({ deadlineMs: 60_000 }));
    });
  });
});

it("a source reads into the same memory again, but only once it was told that nobody needs it", async () => {
  const name = SIZES.indexOf(700 * KIB);
  const opened = await openFile(`${site.root}/${name}.bin`);
  assert.ok(opened !== null);
  const source = new FileSource(opened.handle, [{ start: 0, end: 700 * KIB - 1 }]);

  const [first, second] = [await source.next(), await source.next()];
  assert.ok(first !== null && second !== null && first.buffer !== second.buffer);
  assert.ok(Buffer.from(first).equals(FILES[name]!.subarray(0, first.length)));
  source.mayReuse();
  const third = await source.next();

  assert.ok(third !== null && (third.buffer === second.buffer || third.buffer === first.buffer));
});
