// What does Bun.serve cost? Runs under Bun.

import { announce, chosen } from "../servers/announce.js";
import { handlers } from "../servers/fetch-handlers.js";

const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: chosen(handlers) });
announce(server.port, `Bun ${Bun.version}`);
