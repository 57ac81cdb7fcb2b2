// The same app, served from code.

import { serve } from "easyserver";
import { fromExpress } from "easyserver/express";
import app from "./app.js";

const server = await serve(fromExpress(app), {
  port: Number(process.env.PORT ?? 3000),
  host: process.env.HOST ?? "localhost",
  log: "off",
});
console.log(server.url);
