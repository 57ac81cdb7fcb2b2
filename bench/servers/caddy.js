// What does Caddy cost as a file server, with the compressed files it finds beside the others?

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { announce } from "./announce.js";
import { freePort, listening } from "./free-port.js";

const folder = process.argv[3];
const port = await freePort();
const home = mkdtempSync(join(tmpdir(), "bench-caddy-"));

const config = `
{
  admin off
  auto_https off
}
http://127.0.0.1:${port} {
  bind 127.0.0.1
  root * ${folder}
  file_server {
    precompressed br gzip
  }
}
`;
writeFileSync(join(home, "Caddyfile"), config);

const command = ["--pdeathsig", "KILL", "caddy", "run", "--config", join(home, "Caddyfile"), "--adapter", "caddyfile"];
const env = { ...process.env, HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home, GOMAXPROCS: "1" };
const child = spawn("setpriv", command, { stdio: ["ignore", "ignore", "ignore"], env });
child.once("exit", (code) => process.exit(code ?? 1));
await listening(port);
announce(port, `Caddy ${spawnSync("caddy", ["version"], { encoding: "utf8" }).stdout.trim().split(" ")[0]}`);
