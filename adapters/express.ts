// An unmodified Express app as a contract app.

import { ServerError, type App } from "../src/index.ts";
import { appFromListener } from "./node/from-listener.ts";
import type { FromNodeOptions } from "./node/options.ts";
import { isExpressApp } from "./node/splice.ts";

/**
 * Turns an Express 4 or 5 app into an App that `serve()` runs, several times faster than on node:http.
 *
 * Upgrades go to the 'upgrade' listeners of `server`, an `http.Server` that does not listen, to which socket.io or another library
 * is attached (docs/websockets.md).
 *
 * The app is used as it is: its routes, middlewares, `app.request` and `app.response`, sub-apps, settings. It may go on to
 * be served by node:http as well. What is different is listed in docs/express.md.
 *
 * @throws ServerError `ERR_APP_INVALID` for what is no Express app; `fromNode()` takes other listeners.
 */
export function fromExpress(app: object, options: Pick<FromNodeOptions, "server"> = {}): App {
  if (isExpressApp(app)) return appFromListener(app, options);
  throw new ServerError(
    "ERR_APP_INVALID",
    "fromExpress() takes what express() returned. For another (req, res) listener there is fromNode() of easyserver/node.",
  );
}
