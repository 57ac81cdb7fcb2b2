// An ordinary Express 5 app: a shelf on which visitors put files. Nothing in it knows of easyserver.
//
//   easyserver ./app.js                            the command serves what is exported
//   node serve.js                                  serve(fromExpress(app)), from code
//   node --import easyserver/register app.js       app.listen(), served by easyserver
//   node app.js                                    app.listen(), served by node:http

import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import compression from "compression";
import express from "express";
import session from "express-session";
import helmet from "helmet";
import multer from "multer";
import { page, problem } from "./page.js";
import { Shelf } from "./shelf.js";

const MAX_FILE_BYTES = 1_000_000;

const app = express();
const shelf = new Shelf({ maxFiles: 50 });

app.set("trust proxy", "loopback");
app.disable("x-powered-by");
// Browsers must not be sent to https:// by an example that speaks http://.
app.use(
  helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } }, strictTransportSecurity: false }),
);
app.use(compression());
app.use(express.static(fileURLToPath(new URL("public", import.meta.url)), { maxAge: "1h" }));
app.use(
  session({
    name: "shelf",
    // Set SESSION_SECRET in production: who knows it can forge sessions.
    secret: process.env.SESSION_SECRET ?? "only an example",
    resave: false,
    saveUninitialized: false,
    cookie: { sameSite: "lax", httpOnly: true },
  }),
);

app.get("/", (request, response) => {
  response.send(page({ name: request.session.name ?? "", files: shelf.list(), maxBytes: MAX_FILE_BYTES }));
});

app.post("/name", express.urlencoded({ extended: false, limit: "2kb" }), (request, response) => {
  const name = String(request.body?.name ?? "").trim();
  if (name === "" || name.length > 40) return response.status(422).send(problem(422, "A name has 1 to 40 characters."));
  request.session.name = name;
  return response.redirect(303, "/");
});

app.post("/leave", (request, response, next) => {
  request.session.destroy((error) => (error ? next(error) : response.clearCookie("shelf").redirect(303, "/")));
});

const upload = multer({ storage: multer.memoryStorage(), limits: { fileSize: MAX_FILE_BYTES, files: 1 } });

app.post("/files", upload.single("file"), (request, response) => {
  if (request.file === undefined) return response.status(422).send(problem(422, "Choose a file first."));
  const { originalname, mimetype, buffer } = request.file;
  const file = shelf.put({
    name: originalname,
    type: mimetype,
    bytes: buffer,
    owner: request.session.name ?? "somebody",
  });
  if (request.accepts("html", "json") === "html") return response.redirect(303, "/");
  return response
    .status(201)
    .location(`/files/${file.id}`)
    .json({ id: file.id, name: file.name, bytes: buffer.length });
});

app.get("/files", (_request, response) => {
  response.json(shelf.list().map(({ id, name, bytes, owner }) => ({ id, name, bytes: bytes.length, owner })));
});

app.get("/files/:id", (request, response, next) => {
  const file = shelf.get(request.params.id);
  if (file === undefined) return next();
  // Never shown as a page of this site: what visitors upload is not ours.
  return response.attachment(file.name).type("application/octet-stream").send(file.bytes);
});

app.delete("/files/:id", (request, response, next) =>
  shelf.remove(request.params.id) ? response.status(204).end() : next(),
);

/** The shelf as it changes, for as long as the reader stays. */
app.get("/events", (request, response) => {
  // A reader who has left already would never be told to have left.
  if (response.destroyed) return;
  response.set({ "Content-Type": "text/event-stream", "Cache-Control": "no-cache, no-transform" });
  const tell = () =>
    response.write(`data: ${JSON.stringify({ files: shelf.list().length, readers: shelf.readers })}\n\n`);
  const stop = shelf.onChange(tell);
  response.on("close", stop);
});

/** A long answer, written as fast as its reader takes it. */
app.get("/count/:to", async (request, response) => {
  const to = Math.min(Number.parseInt(request.params.to, 10) || 0, 1_000_000);
  response.type("txt");
  for (let number = 1; number <= to && !response.destroyed; number++) {
    if (!response.write(`${number}\n`)) await drained(response);
  }
  response.end();
});

app.get("/fail", async () => {
  throw new Error("This goes to the log, not to the visitor.");
});

app.use((request, response) => {
  answerProblem(request, response, 404, "There is nothing here.");
});

app.use((error, request, response, next) => {
  if (response.headersSent) return next(error);
  if (error.code === "LIMIT_FILE_SIZE") return answerProblem(request, response, 413, "Files may have 1 MB at most.");
  const status = error.status ?? (error instanceof multer.MulterError ? 400 : 500);
  if (status >= 500 && request.path !== "/fail") console.error(error);
  return answerProblem(request, response, status, status < 500 ? error.message : "Something broke on our side.");
});

/** A page for people, JSON for programs. */
function answerProblem(request, response, status, sentence) {
  response.status(status);
  if (request.accepts("json", "html") === "html") response.send(problem(status, sentence));
  else response.json({ error: sentence });
}

function drained(response) {
  return new Promise((resolve) => {
    const go = () => {
      response.off("drain", go).off("close", go);
      resolve();
    };
    response.on("drain", go).on("close", go);
  });
}

// Run as a program, not imported by serve.js or by the command.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const server = app.listen(Number(process.env.PORT ?? 3000), process.env.HOST ?? "localhost", (error) => {
    if (error) throw error;
    const { address, family, port } = server.address();
    console.log(`http://${family === "IPv6" ? `[${address}]` : address}:${port}`);
  });
  process.once("SIGTERM", () => {
    server.close();
    server.closeIdleConnections();
  });
}

export default app;
