// How is nginx started for the bench? One process, so that it stays on its core, with nothing of the system's configuration.

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { announce } from "./announce.js";
import { freePort, listening } from "./free-port.js";

/** Starts nginx with what `http` gives for its block of that name, and announces it. */
export async function runNginx(http) {
  const port = await freePort();
  const prefix = mkdtempSync(join(tmpdir(), "bench-nginx-"));
  writeFileSync(join(prefix, "nginx.conf"), configuration(prefix, http(port)));
  // setpriv: the runner ends this process with SIGKILL, which must take nginx with it.
  const command = ["--pdeathsig", "KILL", "nginx", "-p", prefix, "-c", join(prefix, "nginx.conf")];
  const child = spawn("setpriv", command, { stdio: ["ignore", "ignore", "inherit"] });
  child.once("exit", (code) => process.exit(code ?? 1));
  await listening(port);
  announce(port, spawnSync("nginx", ["-v"], { encoding: "utf8" }).stderr.trim().replace(/^.*: /, ""));
}

// Paths for what it never writes here: without them it would make the system's.
const configuration = (prefix, http) => `
daemon off;
master_process off;
worker_processes 1;
pid ${prefix}/pid;
error_log ${prefix}/error.log crit;
events { worker_connections 1024; }
http {
  types {
    text/plain txt; text/html html; text/css css; text/javascript js; application/json json;
    image/svg+xml svg; image/webp webp; image/jpeg jpg; font/woff2 woff2; video/mp4 mp4;
  }
  client_body_temp_path ${prefix}; proxy_temp_path ${prefix}; fastcgi_temp_path ${prefix};
  uwsgi_temp_path ${prefix}; scgi_temp_path ${prefix};
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  open_file_cache max=10000 inactive=60s;
  open_file_cache_valid 60s;
  open_file_cache_errors on;
${http}
}
`;
