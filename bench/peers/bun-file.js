// What does Bun.file cost behind Bun.serve? It has no file server, so this is the handler that its users write: what there
// is of conditions and ranges is done here. No compressed files. Runs under Bun.

import { announce } from "../servers/announce.js";

const folder = process.argv[3];

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const file = Bun.file(folder + decodeURIComponent(pathname));
    if (!(await file.exists())) return new Response("Not found", { status: 404 });
    const etag = `"${file.lastModified.toString(36)}-${file.size.toString(36)}"`;
    if (request.headers.get("if-none-match") === etag) return new Response(null, { status: 304, headers: { etag } });
    const range = request.headers.get("range")?.match(/^bytes=(\d+)-(\d+)$/);
    if (!range) return new Response(file, { headers: { etag } });
    const [start, end] = [Number(range[1]), Number(range[2])];
    return new Response(file.slice(start, end + 1), {
      status: 206,
      headers: { etag, "content-type": file.type, "content-range": `bytes ${start}-${end}/${file.size}` },
    });
  },
});
announce(server.port, `Bun ${Bun.version}`);
