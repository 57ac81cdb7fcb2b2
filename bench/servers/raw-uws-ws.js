// What does a message cost on the engine alone? The same addon sending it back by the shortest road.

import { loadAddon } from "./addon.js";
import { announce } from "./announce.js";

const { addon, version } = loadAddon();

addon._cfg("silent");
const app = addon.App();
app.ws("/*", { message: (socket, bytes, isBinary) => void socket.send(bytes, isBinary) });
app.get("/*", (response, request) => {
  response.writeHeader("content-type", "text/plain").end(`plain ${request.getUrl()}`);
});
app.listen("127.0.0.1", 0, (token) => {
  if (!token) throw new Error("The engine could not listen on 127.0.0.1.");
  announce(addon.us_socket_local_port(token), `${version}, Node ${process.versions.node}`);
});
