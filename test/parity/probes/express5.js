// Express 5: routing, replies, errors, sub-apps, extended prototypes.

import express from "express";
import { expressApp, expressSteps } from "./express-app.js";

export const probe = {
  kind: "express",
  app: (stage) => expressApp(express, stage),
  steps: [
    ...expressSteps,
    { name: "a rejected promise", target: "/rejects" },
    { name: "a named wildcard", target: "/files/a/b/c.txt" },
  ],
};
