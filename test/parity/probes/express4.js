// Express 4, beside an Express 5 in the same process.

import express from "express4";
import { expressApp, expressSteps } from "./express-app.js";

export const probe = {
  kind: "express",
  app: (stage) => expressApp(express, stage),
  steps: expressSteps,
};
