// What does a run measure? Flags in, plan out.

import { parseArgs } from "node:util";
import type { Load } from "./load.ts";
import { echo } from "./loads/echo.ts";
import { headers } from "./loads/headers.ts";
import { helloAsync } from "./loads/hello-async.ts";
import { hello } from "./loads/hello.ts";
import { json } from "./loads/json.ts";
import { streamPull } from "./loads/stream-pull.ts";
import { stream } from "./loads/stream.ts";
import { answers, SERVERS, type ServerSpec } from "./servers.ts";

/** In the order of tables. */
export const LOADS: readonly Load[] = [hello, helloAsync, headers, json, echo, stream, streamPull];

export const USAGE: string = `npm run bench -- [flags]
  --quick            ours, the control and two peers, one short round: a look, not a result
  --loads a,b        only these: ${LOADS.map(({ name }) => name).join(", ")}
  --servers a,b      only these: ${SERVERS.map(({ name }) => name).join(", ")} (the control always runs)
  --rounds n         rounds (5)
  --seconds n        length of one reading, whole seconds (2)
  --no-readme        leave README.md alone
Only a full run (all loads, all servers, at least 3 rounds) writes bench/results and README.md.`;

export interface Plan {
  readonly loads: readonly Load[];
  /** Who is compared with the control. */
  readonly servers: readonly ServerSpec[];
  readonly rounds: number;
  /** Readings of subject and of control in one block: A B A B is 2. */
  readonly pairs: number;
  /** How long one reading takes. */
  readonly readingMs: number;
  readonly warmUpMs: number;
  /** Everything, often enough to be a result. */
  readonly full: boolean;
  readonly writeReadme: boolean;
}

/** @throws RangeError or TypeError with a sentence for a flag or name that does not exist. */
export function planFrom(args: readonly string[]): Plan {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      loads: { type: "string" },
      servers: { type: "string" },
      rounds: { type: "string" },
      seconds: { type: "string" },
      "no-readme": { type: "boolean", default: false },
    },
  });
  const { quick } = values;
  const usualLoads = quick ? LOADS.filter((load) => load.atMost !== null) : LOADS;
  const usualServers = quick ? SERVERS.filter((server) => server.quick) : SERVERS;
  const rounds = count("--rounds", values.rounds, quick ? 1 : 5);
  const isWhole = !quick && values.loads === undefined && values.servers === undefined;
  return {
    loads: values.loads === undefined ? usualLoads : named("--loads", LOADS, values.loads),
    servers: values.servers === undefined ? usualServers : named("--servers", SERVERS, values.servers),
    rounds,
    pairs: quick ? 1 : 2,
    readingMs: values.seconds === undefined && quick ? 800 : count("--seconds", values.seconds, 2) * 1000,
    warmUpMs: quick ? 500 : 1000,
    full: isWhole && rounds >= 3,
    writeReadme: !values["no-readme"],
  };
}

/** How long the timed part and the warm-ups of a plan take, starting of servers included roughly. */
export function expectedSeconds({ loads, servers, rounds, pairs, readingMs, warmUpMs }: Plan): number {
  const startMs = 400;
  const block = warmUpMs + startMs + pairs * 2 * readingMs;
  const blocks = loads.flatMap(({ name }) => servers.filter((server) => answers(server, name))).length;
  return Math.round((rounds * (blocks * block + loads.length * (warmUpMs + startMs))) / 1000);
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
