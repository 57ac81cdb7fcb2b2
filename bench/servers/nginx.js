// What does nginx cost, set up for files as its documentation says? One process, so that it stays on its core.

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { announce } from "./announce.js";
import { freePort, listening } from "./free-port.js";

const folder = process.argv[3];
const port = await freePort();
const prefix = mkdtempSync(join(tmpdir(), "bench-nginx-"));

// Paths for what it never writes here: without them it would make the system's. `open_file_cache_valid` is its default.
const config = `
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
  server {
    listen 127.0.0.1:${port};
    root ${folder};
    # A quarter cheaper without for this size, a tenth dearer for the small ones: the control gets the better of both.
    location = /timed-128k.txt {
      tcp_nopush off;
    }
    location /mix/ {
      gzip_static on;
      gzip_vary on;
    }
  }
}
`;
writeFileSync(join(prefix, "nginx.conf"), config);

// setpriv: the runner ends this process with SIGKILL, which must take nginx with it.
const command = ["--pdeathsig", "KILL", "nginx", "-p", prefix, "-c", join(prefix, "nginx.conf")];
const child = spawn("setpriv", command, { stdio: ["ignore", "ignore", "inherit"] });
child.once("exit", (code) => process.exit(code ?? 1));
await listening(port);
const version = spawnSync("nginx", ["-v"], { encoding: "utf8" }).stderr.trim().replace(/^.*: /, "");
announce(port, version);
