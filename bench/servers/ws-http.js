// What does a message cost on Node's own server? The control of the loads of WebSockets.

import { announce } from "./announce.js";
import { echoServer } from "./ws-app.js";

const server = echoServer();
server.listen(0, "127.0.0.1", () => announce(server.address().port, `ws on node:http, Node ${process.versions.node}`));
