// Runs the cases against a host that serves the fixture, several at a time, and says what was found.

import { randomInt } from "node:crypto";
import type { Profile } from "../spec/registry.ts";
import type { Case } from "./case.ts";
import { CASES } from "./cases.ts";
import { type Deviation, deviationsOf } from "./deviations.ts";
import { inParallel } from "./in-parallel.ts";
import { HostGone, Probe, type Target } from "./probe.ts";
import { isConforming, type JudgedCase, judged, type Report, statementsOf, unjudged, verdictOf } from "./report.ts";

export interface JudgeOptions {
  /** Profiles that the host claims. Default: `core`, `stream` and what its context says it supports. */
  readonly profiles?: readonly Profile[];
  /** Failures that the host owns up to. Each has to fail, and none that is not listed may. */
  readonly deviations?: readonly Deviation[];
  /** What the host is called: in the report, and in rows of the list that name an engine. */
  readonly name?: string;
  /** Whether a failing SHOULD or MAY that is not listed breaks the claim, too. Default false: it is a warning. */
  readonly strict?: boolean;
  /** How long to wait for what has to happen, in milliseconds. Default 2000; more for a busy machine. */
  readonly patienceMs?: number;
  /** Cases at a time. Default 16. */
  readonly concurrency?: number;
  /** Only cases whose id, or statement, is one of these. */
  readonly only?: readonly string[];
}

const TAGS = 36 ** 4;
const RETRIED_AT_A_TIME = 4;

interface Run {
  readonly target: Target;
  readonly patienceMs: number;
  readonly deviations: ReadonlyMap<string, Deviation>;
  readonly firstTag: number;
  tags: number;
  gone: string | null;
}

/**
 * Judges the host at `url`, which serves the fixture (`easyserver/conformance/fixture`) in one process.
 *
 * It sends malformed requests, resets connections and uploads tens of megabytes: never at a server that others use.
 * A host that dies on the way is reported as such, and the rest is skipped. @throws Error when the fixture is not there.
 */
export async function judgeHost(url: string | URL, options: JudgeOptions = {}): Promise<Report> {
  const started = performance.now();
  const target = targetOf(new URL(url));
  const { patienceMs = 2_000, concurrency = 16, strict = false } = options;
  const deviations = deviationsOf(options.deviations ?? [], options.name);
  const run: Run = { target, patienceMs, deviations, firstTag: randomInt(TAGS - 10_000), tags: 0, gone: null };
  const self = await introduce(run);
  const claimed = options.profiles ?? claimedBy(self.supports);
  const chosen = CASES.filter(({ id }) => isChosen(id, options.only));
  const cases = await inParallel(concurrency, chosen, (one) => judgeCase(run, one, claimed, self.contract === 1));
  const retried = await retry(run, chosen, cases);
  const all = options.only === undefined ? [...retried, await judgeUntagged(run)] : retried;
  if (options.only === undefined) all.push(...unjudged(claimed, new Set(all.map(({ statement }) => statement))));
  return {
    format: 1,
    kind: "host",
    subject: options.name ?? target.host,
    runtime: self.runtime,
    date: new Date().toISOString().slice(0, 10),
    durationMs: Math.round(performance.now() - started),
    claimed,
    unclaimed: [...new Set(all.filter(({ outcome, profile }) => outcome === "skip" && !claimed.includes(profile)))]
      .map(({ profile }) => profile)
      .filter((profile, i, list) => list.indexOf(profile) === i),
    cases: all,
    statements: statementsOf(all),
    unknownDeviations: [...deviations.keys()].filter((id) => !CASES.some((one) => one.id === id)),
    conforms: run.gone === null && isConforming(all, strict),
  };
}

function targetOf(url: URL): Target {
  const isTls = url.protocol === "https:";
  if (!isTls && url.protocol !== "http:") throw new TypeError(`${url.href} is no http or https address.`);
  const port = Number(url.port) || (isTls ? 443 : 80);
  return { host: url.hostname.replace(/^\[(.*)\]$/, "$1"), port, isTls };
}

async function introduce(run: Run): Promise<Awaited<ReturnType<Probe["self"]>>> {
  try {
    await using probe = probeOf(run);
    return await probe.self();
  } catch (error) {
    const { host, port } = run.target;
    throw new Error(
      `${host}:${port} does not serve the fixture of the kit (easyserver/conformance/fixture): ${(error as Error).message}`,
      { cause: error },
    );
  }
}

function claimedBy(supports: readonly string[]): Profile[] {
  const offered = ["file", "websocket", "informational", "trailers", "node-upgrade"] as const;
  return ["core", "stream", ...offered.filter((profile) => supports.includes(profile))];
}

function isChosen(id: string, only: readonly string[] | undefined): boolean {
  return only === undefined || only.some((wanted) => id === wanted || id.startsWith(`${wanted}/`));
}

function probeOf(run: Run): Probe {
  const tag = `t${(run.firstTag + run.tags++).toString(36).padStart(4, "0")}`;
  return new Probe(run.target, tag, run.patienceMs);
}

async function judgeCase(run: Run, one: Case, claimed: readonly Profile[], hasContext: boolean): Promise<JudgedCase> {
  const profile = one.profile ?? "core";
  const skip = (detail: string): JudgedCase => judged(one, { outcome: "skip", detail }, 0);
  if (run.gone !== null) return skip(`the host is gone since ${run.gone}`);
  if (!claimed.includes(profile)) return skip(`the profile "${profile}" is not claimed`);
  if (one.needs === "context" && !hasContext) return skip("the host gives no FSGI context");
  return attempt(run, one);
}

async function attempt(run: Run, one: Case): Promise<JudgedCase> {
  const started = performance.now();
  let failure: unknown = null;
  await using probe = probeOf(run);
  try {
    await one.check(probe);
  } catch (error) {
    failure = error;
    if (error instanceof HostGone) run.gone ??= one.id;
  }
  return judged(one, verdictOf(failure, run.deviations.get(one.id)), performance.now() - started);
}

/** A machine that is late once is late again for its neighbours, so what failed gets one more chance, with fewer of them. */
function retry(run: Run, chosen: readonly Case[], cases: readonly JudgedCase[]): Promise<JudgedCase[]> {
  return inParallel(RETRIED_AT_A_TIME, cases, async (found) => {
    const one = chosen.find(({ id }) => id === found.id);
    if (found.outcome !== "fail" || one === undefined || run.gone !== null) return found;
    return attempt(run, one);
  });
}

/** Requests that reached the handler without the tag of a case: something was run that nobody sent as a request. */
async function judgeUntagged(run: Run): Promise<JudgedCase> {
  const about = { id: "H2/untagged", says: "nothing reaches the handler that no case sent as a request" };
  if (run.gone !== null) return judged(about, { outcome: "skip", detail: `the host is gone since ${run.gone}` }, 0);
  await using probe = new Probe(run.target, "none", run.patienceMs);
  const calls = await probe.notes("call");
  const failure =
    calls.length === 0 ? null : new Error(`the handler was called for ${JSON.stringify(calls.slice(0, 3))}`);
  return judged(about, verdictOf(failure, run.deviations.get(about.id)), 0);
}
