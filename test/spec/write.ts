// `npm run spec`: writes the lists of SPEC.md anew from the registry, the linter, the kit and the tests.

import { writeFileSync } from "node:fs";
import { unproved } from "./evidence.ts";
import { currentSpec, SPEC_FILE } from "./spec-text.ts";

writeFileSync(SPEC_FILE, currentSpec());
for (const { id, title } of unproved()) console.warn(`${id} (${title}) has neither a lint rule nor a test.`);
