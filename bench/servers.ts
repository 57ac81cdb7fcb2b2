// Who answers, and how is each one started?

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface ServerSpec {
  readonly name: string;
  /** What tables call it. */
  readonly title: string;
  /** `variant`: the control once more, or written another way. */
  readonly role: "control" | "variant" | "ours" | "peer";
  /** Must its header fields equal the control's? Else status, media type and body are compared. */
  readonly sameFields: boolean;
  /** The only loads it is there for; absent: all. */
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
  sameFields: true,
  quick: true,
  command: [process.execPath, file("servers/raw-uws.js")],
};

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
  peer("bun", "Bun.serve", [file("peers/node_modules/@oven/bun-linux-x64/bin/bun"), "run"], true),
  peer("deno", "Deno.serve", [file("peers/node_modules/@deno/linux-x64-glibc/deno"), "run", "--allow-all"], true),
  { ...peer("node-http", "node:http", [process.execPath]), command: [process.execPath, file("servers/node-http.js")] },
  peer("fastify", "Fastify", [process.execPath]),
  peer("hono", "@hono/node-server", [process.execPath]),
  peer("srvx", "srvx", [process.execPath]),
];

/** The arguments with which `server` answers `load`. The load comes first: what follows it is the server's own. */
export function argumentsFor(server: ServerSpec, load: string): string[] {
  const script = server.command.findIndex((part) => part.endsWith(".js"));
  return [...server.command.slice(0, script + 1), load, ...server.command.slice(script + 1)];
}

/** Is `server` there for `load`? */
export function answers(server: ServerSpec, load: string): boolean {
  return server.loads === undefined || server.loads.includes(load);
}

/** Why `server` cannot run on this machine, or `null`. */
export function obstacle(server: ServerSpec): string | null {
  const program = server.command[0] ?? "";
  return existsSync(program) ? null : `${server.title} has no build for this platform (${program} is missing).`;
}

function ours(name: string, title: string, sameFields: boolean, rest: readonly string[]): ServerSpec {
  const command = [process.execPath, file("servers/ours.js"), ...rest];
  return { name, title, role: "ours", sameFields, quick: true, command };
}

function peer(name: string, title: string, program: readonly string[], quick = false): ServerSpec {
  return { name, title, role: "peer", sameFields: false, quick, command: [...program, file(`peers/${name}.js`)] };
}

function file(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
