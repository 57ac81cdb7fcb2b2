// A Hono app, unchanged: fromFetch() gives it the client's address and waitUntil() the way Hono's helpers expect them.

import { fromFetch } from "easyserver/fetch";
import { Hono } from "hono";

const app = new Hono();
app.get("/", (c) => c.text(`Hello from Hono. You are ${c.env.requestIP()?.address ?? "somebody"}.`));
app.get("/hello/:name", (c) => c.json({ hello: c.req.param("name") }));

export default fromFetch(app);
