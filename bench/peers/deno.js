// What does Deno.serve cost? Runs under Deno.

import { announce, chosen } from "../servers/announce.js";
import { handlers } from "../servers/fetch-handlers.js";

Deno.serve(
  { port: 0, hostname: "127.0.0.1", onListen: ({ port }) => announce(port, `Deno ${Deno.version.deno}`) },
  chosen(handlers),
);
