// The Next app of this folder on easyserver. `node serve.js --dev` is development, with hot reloading.

import { serve } from "easyserver";
import { fromNext } from "easyserver/next";

const dev = process.argv.includes("--dev");
const app = fromNext({ dir: import.meta.dirname, dev });

const server = await serve(app, {
  mode: dev ? "development" : "production",
  ...(process.env.PORT === undefined && { port: 3000 }),
});
console.log(`The notes are at ${server.url}`);
