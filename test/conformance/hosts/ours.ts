// One of our own hosts serves the fixture.

import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import * as fixture from "../../../src/conformance/fixture.ts";
import { type App, serve, type ServeOptions } from "../../../src/index.ts";
import { toNode } from "../../../adapters/node.ts";

const [name = "uws"] = process.argv.slice(2);
const app = fixture as unknown as App;
const logger: NonNullable<ServeOptions["logger"]> = {
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => logger,
};

process.stdin.on("end", () => process.exit(1)).resume();
(process.stdin as Socket).unref();

if (name === "to-node") {
  const server = createServer(toNode(app, { maxBodyBytes: "1gb", logger }));
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo;
    console.log(
      JSON.stringify({ url: `http://127.0.0.1:${port}`, about: `node:http of Node ${process.versions.node}` }),
    );
  });
} else {
  const engine = name as "uws" | "node";
  const server = await serve(app, { engine, host: "127.0.0.1", port: 0, log: "off", logger, maxBodyBytes: "1gb" });
  console.log(JSON.stringify({ url: server.url, about: `${server.engine.name} ${server.engine.version}` }));
}
