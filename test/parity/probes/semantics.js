// A bare listener: Node's own promises, without a framework in between.

import { semantics } from "./semantics-routes.js";
import { semanticSteps } from "./semantics-steps.js";

export const probe = { kind: "node", app: semantics, steps: semanticSteps };
