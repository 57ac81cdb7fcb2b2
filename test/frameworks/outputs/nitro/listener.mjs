// The server of one's own that a listener is made for.

import { createServer } from "node:http";
import { listener } from "./.output/server/index.mjs";

const server = createServer(listener).listen(Number(process.env.PORT), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
