// Who answers, and how is each one started?

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { TLS_FOLDER } from "./certificate.ts";
import { FOLDER } from "./files.ts";
import { type Group, groupOf, type Load } from "./load.ts";

export interface ServerSpec {
  readonly name: string;
  /** What tables call it. */
  readonly title: string;
  /** `variant`: the control once more, or written another way. */
  readonly role: "control" | "variant" | "ours" | "peer";
  /** Must its header fields equal the control's? Else status, media type and body are compared. */
  readonly sameFields: boolean;
  /** Which loads it can answer. */
  readonly group: Group;
  /** The only loads it is there for; absent: all of its group. */
  readonly loads?: readonly string[];
  /** Part of a quick run. */
  readonly quick: boolean;
  /** The program and its arguments; the name of the load is added. */
  readonly command: readonly string[];
}

export const CONTROL: ServerSpec = {
  name: "raw-uws",
  title: "raw uWS (control)",
  role: "control",
  group: "app",
  sameFields: true,
  quick: true,
  command: [process.execPath, file("servers/raw-uws.js")],
};

const files = serversOf("static", [FOLDER]);
/** Servers of whole apps: their fields are Node's and the framework's. */
const express = serversOf("express");
/** The folder of the certificate comes first. */
const https = serversOf("https", [TLS_FOLDER, FOLDER]);
const next = serversOf("next");
const sockets = serversOf("sockets");

/** The control of the static loads: what people put in front of their app for its files. */
export const NGINX: ServerSpec = files("nginx", "nginx (control)", "control", "servers/nginx.js", { quick: true });

/** The control of the Express loads: what an app cost before. */
const NODE_APPS: ServerSpec = express("node-apps", "node:http (control)", "control", "servers/node-apps-http.js", {
  quick: true,
});

/** The control of the HTTPS loads. */
const NGINX_TLS: ServerSpec = https("nginx-tls", "nginx (control)", "control", "servers/nginx-tls.js", { quick: true });

/** The control of the Next loads. */
const NEXT_START: ServerSpec = next("next-start", "next start (control)", "control", "servers/next-start.js");

/** The control of the loads of WebSockets: the same app on Node's own server. */
const WS_HTTP: ServerSpec = sockets("ws-http", "ws on node:http (control)", "control", "servers/ws-http.js", {
  quick: true,
});

const BUN = file("peers/node_modules/@oven/bun-linux-x64/bin/bun");

/** In the order of tables. The order of measuring is drawn by lot. */
export const SERVERS: readonly ServerSpec[] = [
  ours("ours", "easyserver", true, []),
  ours("ours-node", "easyserver, node engine", false, ["node"]),
  { ...CONTROL, name: "raw-uws-again", title: "raw uWS (again)", role: "variant", quick: false },
  {
    ...CONTROL,
    name: "raw-uws-writes",
    title: "raw uWS, a write per chunk",
    role: "variant",
    quick: false,
    loads: ["stream", "stream-pull"],
    command: [...CONTROL.command, "each"],
  },
  peer("bun", "Bun.serve", [BUN, "run"], true),
  peer("deno", "Deno.serve", [file("peers/node_modules/@deno/linux-x64-glibc/deno"), "run", "--allow-all"], true),
  { ...peer("node-http", "node:http", [process.execPath]), command: [process.execPath, file("servers/node-http.js")] },
  peer("fastify", "Fastify", [process.execPath]),
  peer("hono", "@hono/node-server", [process.execPath]),
  peer("srvx", "srvx", [process.execPath]),
  files("ours-static", "easyserver", "ours", "servers/ours-static.js", { quick: true }),
  files("ours-static-node", "easyserver, node engine", "ours", "servers/ours-static.js", { rest: ["node"] }),
  files("nginx-again", "nginx (again)", "variant", "servers/nginx.js"),
  files("raw-uws-static", "raw uWS from memory", "variant", "servers/raw-uws-static.js"),
  files("caddy", "Caddy", "peer", "servers/caddy.js"),
  files("bun-file", "Bun.file", "peer", "peers/bun-file.js", { program: [BUN, "run"] }),
  files("sirv", "sirv", "peer", "peers/sirv.js"),
  files("serve-static", "serve-static", "peer", "peers/serve-static.js"),
  files("fastify-static", "@fastify/static", "peer", "peers/fastify-static.js"),
  files("srvx-static", "srvx/static", "peer", "peers/srvx-static.js"),
  express("ours-express", "easyserver", "ours", "servers/ours-express.js", { quick: true }),
  express("ours-express-node", "easyserver, node engine", "ours", "servers/ours-express.js", { rest: ["node"] }),
  express("node-apps-again", "node:http (again)", "variant", "servers/node-apps-http.js"),
  express("raw-uws-express", "raw uWS, no Express", "variant", "servers/raw-uws-express.js", { quick: true }),
  express("ultimate-express", "ultimate-express", "peer", "peers/ultimate-express.js", {
    quick: true,
    loads: ["express5-hello", "express5-stack", "express5-routes", "express4-hello"],
  }),
  express("hyper-express", "hyper-express", "peer", "peers/hyper-express.js", {
    loads: ["express5-hello", "express5-routes"],
  }),
  express("fastify-routes", "the app written for Fastify", "peer", "peers/fastify-routes.js", {
    loads: ["express5-hello", "express5-routes"],
  }),
  express("nest-fastify", "Nest on Fastify, node:http", "peer", "servers/nest-fastify.js", { loads: ["nest-hello"] }),
  https("ours-tls", "easyserver", "ours", "servers/ours-tls.js", { quick: true }),
  https("ours-tls-node", "easyserver, node engine", "ours", "servers/ours-tls.js", { rest: ["node"] }),
  https("nginx-tls-again", "nginx (again)", "variant", "servers/nginx-tls.js"),
  https("raw-uws-tls", "raw uWS SSLApp", "variant", "servers/raw-uws-tls.js", { quick: true }),
  https("node-https", "node:https", "peer", "servers/node-https.js", { loads: ["https-hello", "https-handshake"] }),
  sockets("ours-ws", "easyserver", "ours", "servers/ours-ws.js", { quick: true }),
  sockets("ours-ws-node", "easyserver, node engine", "ours", "servers/ours-ws.js", { rest: ["node"] }),
  sockets("ours-socket", "easyserver, a handler's own", "variant", "servers/ours-socket.js"),
  sockets("raw-uws-ws", "raw uWS", "variant", "servers/raw-uws-ws.js"),
  sockets("ws-http-again", "ws on node:http (again)", "variant", "servers/ws-http.js"),
  express("bun-apps", "the same app on Bun", "peer", "servers/node-apps-http.js", { program: [BUN, "run"] }),
  next("ours-next", "easyserver", "ours", "servers/ours-next.js"),
  next("ours-next-node", "easyserver, node engine", "ours", "servers/ours-next.js", { rest: ["node"] }),
  next("next-start-again", "next start (again)", "variant", "servers/next-start.js"),
];

const CONTROLS: Readonly<Record<Group, ServerSpec>> = {
  app: CONTROL,
  static: NGINX,
  express: NODE_APPS,
  https: NGINX_TLS,
  next: NEXT_START,
  sockets: WS_HTTP,
};

/** Whom the servers of a load are compared with. */
export function controlOf(load: Load): ServerSpec {
  return CONTROLS[groupOf(load)];
}

/** The control of a load known by its name only, as results files have it. */
export function controlNamed(load: string): ServerSpec {
  if (load.startsWith("static-")) return CONTROLS.static;
  if (load.startsWith("https-")) return CONTROLS.https;
  if (load.startsWith("next-")) return CONTROLS.next;
  if (load.startsWith("ws-")) return CONTROLS.sockets;
  return /^(?:express\d|koa|fastify|nest)-/u.test(load) ? CONTROLS.express : CONTROLS.app;
}

/**
 * The arguments with which `server` answers `load`. The load comes first: what follows it is the server's own. `node` runs
 * what this process's Node would run.
 */
export function argumentsFor(server: ServerSpec, load: string, node: string = process.execPath): string[] {
  const command = server.command.map((part) => (part === process.execPath ? node : part));
  const script = command.findIndex((part) => part.endsWith(".js"));
  return [...command.slice(0, script + 1), load, ...command.slice(script + 1)];
}

/** Is `server` there for `load`? */
export function answers(server: ServerSpec, load: Load): boolean {
  return server.group === groupOf(load) && (server.loads === undefined || server.loads.includes(load.name));
}

/** Why `server` cannot run on this machine, or `null`. */
export function obstacle(server: ServerSpec): string | null {
  const program = server.command[0] ?? "";
  return existsSync(program) ? null : `${server.title} has no build for this platform (${program} is missing).`;
}

function ours(name: string, title: string, sameFields: boolean, rest: readonly string[]): ServerSpec {
  const command = [process.execPath, file("servers/ours.js"), ...rest];
  return { name, title, role: "ours", group: "app", sameFields, quick: true, command };
}

function peer(name: string, title: string, program: readonly string[], quick = false): ServerSpec {
  return {
    name,
    title,
    role: "peer",
    group: "app",
    sameFields: false,
    quick,
    command: [...program, file(`peers/${name}.js`)],
  };
}

/** What a server is asked for beside its name: its own program, more arguments, a place in a quick run, and only some loads. */
interface More {
  readonly program?: readonly string[];
  readonly rest?: readonly string[];
  readonly quick?: boolean;
  readonly loads?: readonly string[];
}

type Build = (name: string, title: string, role: ServerSpec["role"], script: string, more?: More) => ServerSpec;

/** Servers of one group. Each program gets the load, then `folders`, then what is its own. Their fields are not compared. */
function serversOf(group: Group, folders: readonly string[] = []): Build {
  return (name, title, role, script, { program = [process.execPath], rest = [], quick = false, loads } = {}) => {
    const command = [...program, file(script), ...folders, ...rest];
    const spec = { name, title, role, group, sameFields: false, quick, command };
    return loads === undefined ? spec : { ...spec, loads };
  };
}

function file(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
