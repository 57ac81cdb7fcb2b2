// An ordinary Express app that knows nothing of us; started by adopt.test.ts.

import express from "express";

const app = express();
app.get("/x", (_request, response) => response.send("registered"));
const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
