// Does an Express app give the same answers through the bridge as on node:http, for both majors and every kind of object?

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { describe, it } from "node:test";

import compression from "compression";
import session from "express-session";
import express from "express";
import express4 from "express4";
import morgan from "morgan";
import multer from "multer";

import { bridged, WAYS } from "./bridged.ts";

type Express = typeof express;
const FILE = fileURLToPath(new URL("../../LICENSE", import.meta.url));
const FOLDER = fileURLToPath(new URL("../../docs/", import.meta.url));

function appOf(create: Express): ReturnType<Express> {
  const app = create();
  app.set("env", "test");
  app.use(morgan("tiny", { stream: { write: () => {} } }));
  app.use(compression({ threshold: 0 }));
  app.use(session({ secret: "s", resave: false, saveUninitialized: true, genid: () => "same" }));
  app.use(create.json(), create.urlencoded({ extended: true }));
  app.get("/", (_request, response) => void response.send("Hello, World!"));
  app.get("/seen", (request, response) => {
    const { ip, protocol, hostname, originalUrl, query } = request;
    response.json({ ip, protocol, hostname, originalUrl, query, cookie: request.headers.cookie });
  });
  app.post("/echo", (request, response) => void response.status(201).json(request.body));
  app.post("/upload", multer({ storage: multer.memoryStorage() }).single("file"), (request, response) => {
    const { file } = request as unknown as { file: { size: number; originalname: string } };
    response.json({ size: file.size, name: file.originalname });
  });
  app.get("/file", (_request, response) => response.sendFile(FILE));
  app.get("/download", (_request, response) => response.download(FILE, "terms.txt"));
  app.use("/static", create.static(FOLDER));
  app.get("/stream", (_request, response) => {
    response.write("a");
    setImmediate(() => {
      response.write("b");
      response.end("c");
    });
  });
  app.get("/cookies", async (_request, response) => {
    await Promise.resolve();
    response.set("X-A", "1").cookie("a", "b").cookie("c", "d").send(Buffer.from("buffer"));
  });
  app.get("/latin", (_request, response) => void response.set("X-Name", "caf\xe9").send("caf\xe9"));
  for (const status of [204, 205, 304, 418]) {
    app.get(`/${status}`, (_request, response) => void response.status(status).end());
  }
  app.get("/away", (_request, response) => response.redirect("/there"));
  const inner = create();
  inner.get("/x", (request, response) => void response.send(request.baseUrl + request.url));
  app.use("/inner", inner);
  app.get("/throws", () => {
    throw Object.assign(new Error("boom"), { status: 503 });
  });
  return app;
}

const JSON_TYPE = { "content-type": "application/json" };

function upload(): FormData {
  const form = new FormData();
  form.append("file", new Blob([new Uint8Array(300_000)]), "zeros.bin");
  return form;
}

/** Sent without a Content-Length. */
function chunked(text: string): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      controller.close();
    },
  });
}

const QUESTIONS: readonly [target: string, init?: () => RequestInit][] = [
  ["/"],
  ["/", () => ({ method: "HEAD" })],
  ["/", () => ({ headers: { "accept-encoding": "identity" } })],
  ["/seen?a=1&b[c]=2", () => ({ headers: { cookie: "q=1; r=2" } })],
  ["/echo", () => ({ method: "POST", body: '{"a":[1]}', headers: JSON_TYPE })],
  ["/echo", () => ({ method: "POST", body: "{bad", headers: JSON_TYPE })],
  ["/echo", () => ({ method: "POST", body: new URLSearchParams("a[b]=c") })],
  ["/echo", () => ({ method: "POST", body: JSON.stringify("x".repeat(200_000)), headers: JSON_TYPE })],
  ["/echo", () => ({ method: "POST", body: chunked('{"b":2}'), headers: JSON_TYPE, duplex: "half" }) as RequestInit],
  ["/upload", () => ({ method: "POST", body: upload() })],
  ["/file"],
  ["/file", () => ({ headers: { range: "bytes=5-14", "accept-encoding": "identity" } })],
  ["/file", () => ({ method: "HEAD", headers: { "accept-encoding": "identity" } })],
  ["/download"],
  ["/static/express.md"],
  ["/static/none"],
  ["/stream"],
  ["/cookies"],
  ["/latin"],
  ["/204"],
  ["/205"],
  ["/304"],
  ["/418"],
  ["/away"],
  ["/inner/x"],
  ["/throws"],
  ["/none"],
  ["/echo", () => ({ method: "PROPFIND" })],
];

/** What a client can see, without what belongs to the connection and the second in which it was asked. */
async function answers(port: number): Promise<unknown[]> {
  const seen: unknown[] = [];
  for (const [target, init] of QUESTIONS) {
    const response = await fetch(`http://127.0.0.1:${port}${target}`, { redirect: "manual", ...init?.() });
    const fields = new Map(response.headers);
    for (const name of ["date", "connection", "keep-alive"]) fields.delete(name);
    // How the end is told may differ where both ways are right; that it is right, fetch has seen to.
    if (init?.().method !== "HEAD") for (const name of ["transfer-encoding", "content-length"]) fields.delete(name);
    const body = Buffer.from(await response.arrayBuffer()).toString("latin1");
    seen.push({
      target,
      status: response.status,
      reason: response.statusText,
      fields: Object.fromEntries(fields),
      body,
    });
  }
  return seen;
}

for (const [major, create] of [
  [5, express],
  [4, express4 as unknown as Express],
] as const) {
  describe(`Express ${major}`, () => {
    const app = appOf(create);
    let expected: unknown[];

    for (const way of WAYS) {
      it(`D2: answers the same (${way})`, async () => {
        await using server = await bridged(way, app);

        const seen = await answers(server.port);

        expected ??= seen;
        assert.deepEqual(seen, expected);
        assert.deepEqual(server.reports, []);
      });
    }

    it("goes on working on a genuine server in the same process", async () => {
      await using server = await bridged("genuine", app);

      assert.deepEqual(await answers(server.port), expected);
    });
  });
}
