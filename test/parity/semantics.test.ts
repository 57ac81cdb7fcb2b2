// Does Node's own contract of request and response hold, for a bare listener and inside Express?

import { parity } from "./judge.ts";

parity("semantics", "semantics-express");
