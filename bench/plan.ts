// What does a run measure? Flags in, plan out.

import { parseArgs } from "node:util";
import { type Group, groupOf, type Load } from "./load.ts";
import { echo } from "./loads/echo.ts";
import {
  express4Hello,
  express5Hello,
  express5Routes,
  express5Stack,
  fastifyHello,
  koaHello,
  nestHello,
} from "./loads/express.ts";
import { headers } from "./loads/headers.ts";
import { helloAsync } from "./loads/hello-async.ts";
import { hello } from "./loads/hello.ts";
import { httpsHandshake, httpsHello, httpsStatic16k, httpsStatic1m } from "./loads/https.ts";
import { nextRouteHandler, nextStaticFile, nextStaticPage } from "./loads/next.ts";
import { json } from "./loads/json.ts";
import { streamPull } from "./loads/stream-pull.ts";
import { static304 } from "./loads/static-304.ts";
import { staticMix } from "./loads/static-mix.ts";
import { static128k, static16k, static1k, static1m } from "./loads/static-single.ts";
import { stream } from "./loads/stream.ts";
import { wsEcho } from "./loads/ws-echo.ts";
import { answers, SERVERS, type ServerSpec } from "./servers.ts";

/** In the order of tables. */
export const LOADS: readonly Load[] = [
  hello,
  helloAsync,
  headers,
  json,
  echo,
  stream,
  streamPull,
  static1k,
  static16k,
  static128k,
  static1m,
  static304,
  staticMix,
  express5Hello,
  express5Stack,
  express5Routes,
  express4Hello,
  koaHello,
  fastifyHello,
  nestHello,
  httpsHello,
  httpsHandshake,
  httpsStatic16k,
  httpsStatic1m,
  nextStaticPage,
  nextRouteHandler,
  nextStaticFile,
  wsEcho,
];

/** Loads with one control each, in the order of tables. */
export const GROUPS: readonly Group[] = ["app", "static", "express", "https", "next", "sockets"];

/** Of the loads of other groups than `app`, those that a quick run can afford. */
const QUICK: readonly Load[] = [static16k, staticMix, express5Hello, express5Stack, httpsHello, httpsHandshake, wsEcho];

export const USAGE: string = `npm run bench -- [flags]
  --quick            ours, the control and two peers, one short round: a look, not a result
  --only group       only the loads of a group: ${GROUPS.join(", ")}
  --loads a,b        only these: ${LOADS.map(({ name }) => name).join(", ")}
  --servers a,b      only these: ${SERVERS.map(({ name }) => name).join(", ")} (controls always run)
  --rounds n         rounds (5)
  --seconds n        length of one reading, whole seconds (2)
  --node program     another Node for easyserver and for the control, without the peers; docs/speed.md is left alone
  --no-page          leave docs/speed.md alone
Only a full run (all loads of a group, all servers, or with --node those that are named, at least 3 rounds) writes bench/results and docs/speed.md.`;

export interface Plan {
  readonly loads: readonly Load[];
  /** Who is compared with the control. */
  readonly servers: readonly ServerSpec[];
  /** The program that runs what is written for Node. */
  readonly node: string;
  readonly rounds: number;
  /** Readings of subject and of control in one block: A B A B is 2. */
  readonly pairs: number;
  /** How long one reading takes. */
  readonly readingMs: number;
  readonly warmUpMs: number;
  /** All of a group, often enough to be a result. */
  readonly full: boolean;
  readonly writePage: boolean;
}

/** @throws RangeError or TypeError with a sentence for a flag or name that does not exist. */
export function planFrom(args: readonly string[]): Plan {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      loads: { type: "string" },
      servers: { type: "string" },
      rounds: { type: "string" },
      seconds: { type: "string" },
      node: { type: "string" },
      "no-page": { type: "boolean", default: false },
    },
  });
  const { quick } = values;
  const group = values.only === undefined ? null : groupNamed(values.only);
  const loads = (quick ? LOADS.filter(isQuick) : LOADS).filter((load) => group === null || groupOf(load) === group);
  const isWanted = (server: ServerSpec): boolean =>
    (group === null || server.group === group) &&
    (!quick || server.quick) &&
    (values.node === undefined || isNode(server));
  const servers = SERVERS.filter(isWanted);
  const rounds = count("--rounds", values.rounds, quick ? 1 : 5);
  // Another Node may have no build of uWebSockets.js: then who runs there has to be named.
  const isWhole = !quick && values.loads === undefined && (values.servers === undefined || values.node !== undefined);
  return {
    loads: values.loads === undefined ? loads : named("--loads", LOADS, values.loads),
    servers: values.servers === undefined ? servers : named("--servers", SERVERS, values.servers),
    node: values.node ?? process.execPath,
    rounds,
    pairs: quick ? 1 : 2,
    readingMs: values.seconds === undefined && quick ? 800 : count("--seconds", values.seconds, 2) * 1000,
    warmUpMs: quick ? 500 : 1000,
    full: isWhole && rounds >= 3,
    writePage: !values["no-page"] && values.node === undefined,
  };
}

/** The part of `plan` that goes into one table, or `null` when nothing of it was planned. */
export function partOf(plan: Plan, group: Group): Plan | null {
  const loads = plan.loads.filter((load) => groupOf(load) === group);
  return loads.length === 0
    ? null
    : { ...plan, loads, servers: plan.servers.filter((server) => server.group === group) };
}

/** Can another Node run it? Peers bring builds of the engine for one version of Node. */
function isNode({ role }: ServerSpec): boolean {
  return role === "ours" || role === "variant";
}

function isQuick(load: Load): boolean {
  return groupOf(load) === "app" ? load.atMost !== null : QUICK.includes(load);
}

function groupNamed(name: string): Group {
  const found = GROUPS.find((group) => group === name);
  if (found === undefined) throw new RangeError(`--only: no "${name}". There are: ${GROUPS.join(", ")}.`);
  return found;
}

/** How long the timed part and the warm-ups of a plan take, starting of servers included roughly. */
export function expectedSeconds({ loads, servers, rounds, pairs, readingMs, warmUpMs }: Plan): number {
  const startMs = 400;
  const times = loads.map((load) => {
    const readyMs = startMs + warmUpMs * (load.warmUps ?? 1);
    const blocks = servers.filter((server) => answers(server, load)).length;
    return readyMs + blocks * (readyMs + pairs * 2 * readingMs);
  });
  return Math.round((rounds * times.reduce((sum, time) => sum + time, 0)) / 1000);
}

function count(flag: string, text: string | undefined, usual: number): number {
  if (text === undefined) return usual;
  if (!/^[1-9]\d*$/.test(text)) throw new RangeError(`${flag} wants a whole number of at least 1, not "${text}".`);
  return Number(text);
}

function named<T extends { readonly name: string }>(flag: string, known: readonly T[], list: string): T[] {
  const names = list.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !known.some((item) => item.name === name));
  if (unknown !== undefined) {
    throw new RangeError(`${flag}: no "${unknown}". There are: ${known.map(({ name }) => name).join(", ")}.`);
  }
  return known.filter((item) => names.includes(item.name));
}
