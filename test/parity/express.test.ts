// Do Express 5 and Express 4, side by side in one process, behave as on node:http?

import { parity } from "./judge.ts";

parity("express5", "express4");
