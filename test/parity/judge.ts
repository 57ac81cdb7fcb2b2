// Does an app behave through the bridge as it does on node:http? Runs probes both ways and holds every difference to the list.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { makeFolder } from "./files.ts";
import type { Probe } from "./probe.ts";
import { byEmitter, type Protocol, protocolOf } from "./protocol.ts";
import { type Depth, Recorder } from "./recorder.ts";
import { ON_NODE_HTTP, type Way, WAYS } from "./ways.ts";

export interface Deviation {
  /** `probe/step`, each. */
  readonly steps: readonly string[];
  /** Names of ways. */
  readonly ways: readonly string[];
  /** Why it cannot be, or should not be, as on node:http. */
  readonly reason: string;
  /** A part of the difference that is shown. */
  readonly expect: string;
}

export const DEVIATIONS = JSON.parse(
  readFileSync(new URL("deviations.json", import.meta.url), "utf8"),
) as readonly Deviation[];

/** A probe with all its steps must end in that time on a busy machine. */
const LONGEST_MS = 60_000;

/** Registers the probe of each name (`probes/NAME.js`) for every way. */
export function parity(...names: readonly string[]): void {
  for (const name of names) {
    // Most of the time is spent waiting for what must not come, so ways wait together.
    describe(name, { concurrency: WAYS.length }, () => {
      const references = new Map<Depth, Protocol>();
      before(async () => {
        const probe = await probeNamed(name);
        const depths = ["whole", "light"] as const;
        const seen = await Promise.all(depths.map((depth) => observe(probe, { ...ON_NODE_HTTP, depth })));
        depths.forEach((depth, i) => references.set(depth, seen[i]!));
      });
      for (const way of WAYS) {
        it(`behaves as on node:http [${way.name}]`, { timeout: LONGEST_MS }, async () => {
          const probe = await probeNamed(name);
          const protocol = await observe(probe, way);
          const reference = references.get(way.depth) ?? new Map<string, readonly string[]>();
          assert.deepEqual(verdicts(name, way, reference, protocol, DEVIATIONS), []);
        });
      }
    });
  }
}

/** Everything that can be seen of a probe served in one way. */
export async function observe(probe: Probe, way: Way): Promise<Protocol> {
  const recorder = new Recorder(way.depth);
  const ends: (() => unknown)[] = [];
  const { watch } = recorder;
  const listener = await probe.app({
    watch,
    watcher(request, response, next) {
      watch(request, response);
      next();
    },
    recorder,
    folder: makeFolder(),
    onEnd: (end) => ends.push(end),
  });
  const running = await way.serve(listener, probe.kind);
  try {
    return await protocolOf(probe, running.port, recorder);
  } finally {
    await running.stop();
    for (const end of ends) await end();
  }
}

/** One sentence for each difference that is not listed, and for each listed one that is not there or is another. */
export function verdicts(
  probe: string,
  way: Pick<Way, "name" | "loose">,
  reference: Protocol,
  actual: Protocol,
  deviations: readonly Deviation[],
): string[] {
  return [...reference].flatMap(([step, expected]) => {
    const order = way.loose === undefined ? (lines: readonly string[]) => lines : byEmitter;
    const difference = differenceOf(order(expected), order(actual.get(step) ?? []));
    const known = deviations.find((one) => one.steps.includes(`${probe}/${step}`) && one.ways.includes(way.name));
    if (known === undefined) return difference === "" ? [] : [`${step}:\n${difference}`];
    if (difference === "") return [`${step} is as on node:http [${way.name}]: take it off deviations.json`];
    return difference.includes(known.expect) ? [] : [`${step} differs in another way than listed:\n${difference}`];
  });
}

/** Lines that only one of two protocols has, or the place where their order differs; empty when they are equal. */
export function differenceOf(expected: readonly string[], actual: readonly string[]): string {
  const missing = without(expected, actual).map((line) => `- ${line}`);
  const added = without(actual, expected).map((line) => `+ ${line}`);
  if (missing.length > 0 || added.length > 0) return [...missing, ...added].join("\n");
  const index = expected.findIndex((line, place) => actual[place] !== line);
  return index < 0 ? "" : `order: "${expected[index]}" instead of "${actual[index]}"`;
}

/** What is left of `lines` when each of `others` has taken one that is equal to it. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return lines.filter((line) => {
    const place = left.indexOf(line);
    if (place >= 0) left.splice(place, 1);
    return place < 0;
  });
}

/** Probes are JavaScript, as apps are: most of these packages have no types. */
async function probeNamed(name: string): Promise<Probe> {
  const module = (await import(new URL(`probes/${name}.js`, import.meta.url).href)) as { readonly probe: Probe };
  return module.probe;
}
