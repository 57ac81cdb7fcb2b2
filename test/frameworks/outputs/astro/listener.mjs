// The server of one's own that a listener is made for.

import { createServer } from "node:http";
import { handler } from "./dist/server/entry.mjs";

const server = createServer((request, response) => handler(request, response)).listen(
  Number(process.env.PORT),
  "127.0.0.1",
  () => {
    console.log(`http://127.0.0.1:${server.address().port}`);
  },
);
