// A reload under load on uWebSockets.js, as a program: it runs in a network of its own, where the system hands waiting clients on.

import { reloadUnderLoad } from "./several.ts";

process.stdout.write(JSON.stringify(await reloadUnderLoad("uws")));
