// Do the middlewares that most Express apps use behave as on node:http?

import { parity } from "./judge.ts";

parity("body-parser", "compression", "cookies", "security", "logging", "uploads", "passport", "proxy", "serve-static");
