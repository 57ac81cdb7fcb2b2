// Node's own promises, kept for a handler inside Express 5.

import express from "express";
import { semantics } from "./semantics-routes.js";
import { semanticSteps } from "./semantics-steps.js";

export const probe = {
  kind: "express",
  app(stage) {
    const app = express();
    app.disable("x-powered-by");
    app.use(semantics(stage));
    return app;
  },
  steps: semanticSteps,
};
