// Does a Node app see and do the same through an adapter as on node:http? Each probe runs on both, and both are compared.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Deviation, deviationsOf } from "../deviations.ts";
import { inParallel } from "../in-parallel.ts";
import { RawClient } from "../raw-client.ts";
import type { RawResponse } from "../raw-response.ts";
import { isConforming, judged, type JudgedCase, type Report, statementsOf, verdictOf } from "../report.ts";
import { turn, until } from "../waiting.ts";
import { ADAPTER_PROBES, type AdapterProbe } from "./probes.ts";

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** A server that runs, on 127.0.0.1. */
export interface Served {
  readonly url: string;
  close(): PromiseLike<unknown> | void;
}

export interface AdapterOptions {
  /** A host for what the adapter makes: `serve` of this package, or your own. */
  readonly host: (app: unknown) => PromiseLike<Served>;
  readonly name?: string;
  readonly deviations?: readonly Deviation[];
  /** Whether a difference that is listed nowhere breaks the claim though its statement is no MUST. Default false. */
  readonly strict?: boolean;
  /** How long to wait for what has to happen, in milliseconds. Default 2000. */
  readonly patienceMs?: number;
}

/** What of an exchange can be compared. */
interface Observation {
  readonly notes: readonly string[];
  readonly wire: Readonly<Record<string, unknown>>;
}

/** The octets that differ between two hosts by right: when, and how the connection goes on. */
const OWN_FIELDS: ReadonlySet<string> = new Set(["date", "connection", "keep-alive", "transfer-encoding"]);

/** Events of an exchange that has ended come within this time of each other. */
const QUIET_MS = 60;

const PROBES_AT_A_TIME = 8;

/**
 * Judges an adapter `(listener) => app` by running small Node apps on node:http and through it.
 *
 * Compared are what the app noted (events, arguments, errors) and what the client got: status, reason, fields, body, and
 * whether it was complete.
 */
export async function judgeAdapter(adapt: (listener: Listener) => unknown, options: AdapterOptions): Promise<Report> {
  const started = performance.now();
  const { patienceMs = 2_000, strict = false } = options;
  const deviations = deviationsOf(options.deviations ?? [], options.name);
  const notes = { native: new Map<string, string[]>(), adapted: new Map<string, string[]>() };
  const native = await nativeServer(listenerOf(notes.native));
  const adapted = await options.host(adapt(listenerOf(notes.adapted)));
  const places = { native, adapted };
  const one = async (index: number): Promise<JudgedCase> => {
    const { id, says } = ADAPTER_PROBES[index]!;
    const since = performance.now();
    const failure = await difference((place) => {
      return observe(index, new URL(places[place].url), notes[place], patienceMs);
    });
    const verdict = verdictOf(failure === null ? null : new Error(failure), deviations.get(id));
    return judged({ id, says }, verdict, performance.now() - since);
  };
  let cases: JudgedCase[];
  try {
    cases = await inParallel(PROBES_AT_A_TIME, [...ADAPTER_PROBES.keys()], one);
  } finally {
    await native.close();
    await adapted.close();
  }
  return {
    format: 1,
    kind: "adapter",
    subject: options.name ?? "adapter",
    runtime: `Node ${process.versions.node}`,
    date: new Date().toISOString().slice(0, 10),
    durationMs: Math.round(performance.now() - started),
    claimed: ["core", "stream"],
    unclaimed: ["node-upgrade"],
    cases,
    statements: statementsOf(cases),
    unknownDeviations: [...deviations.keys()].filter((id) => !ADAPTER_PROBES.some((probe) => probe.id === id)),
    conforms: isConforming(cases, strict),
  };
}

/** One listener for all probes: the first segment of the path says which is meant. */
function listenerOf(notes: Map<string, string[]>): Listener {
  return (request, response) => {
    const path = /^\/p\d+/.exec(request.url ?? "")?.[0] ?? "";
    const probe = ADAPTER_PROBES[Number(path.slice(2))];
    const list: string[] = [];
    notes.set(path, list);
    const note = (name: string, value?: unknown): void => {
      list.push(value === undefined ? name : `${name} ${JSON.stringify(value)}`);
    };
    // An error that nobody listens for would end the process that judges.
    request.on("error", () => {});
    response.on("error", () => {});
    probe?.listener(request, response, note);
  };
}

async function nativeServer(listener: Listener): Promise<Served> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function observe(
  index: number,
  url: URL,
  notes: ReadonlyMap<string, string[]>,
  patienceMs: number,
): Promise<Observation> {
  const path = `/p${index}`;
  const probe = ADAPTER_PROBES[index]!;
  const client = await RawClient.connect(Number(url.port), { host: url.hostname });
  const noted = (): readonly string[] => notes.get(path) ?? [];
  try {
    void client.send(probe.octets.replaceAll("{path}", path));
    let wire: Observation["wire"] = {};
    if (probe.instead === undefined) wire = await wireOf(client, probe, patienceMs);
    else {
      const sees = (name: string): Promise<void> =>
        until(patienceMs, `"${name}"`, () => noted().some((line) => line.startsWith(name)));
      await probe.instead(client, sees).catch((error: unknown) => {
        wire = { missing: (error as Error).message };
      });
    }
    await quiet(noted);
    return { notes: [...noted()], wire };
  } finally {
    client.leave();
  }
}

async function quiet(noted: () => readonly string[]): Promise<void> {
  for (let before = -1; before !== noted().length;) {
    before = noted().length;
    await turn(QUIET_MS);
  }
}

async function wireOf(client: RawClient, probe: AdapterProbe, withinMs: number): Promise<Observation["wire"]> {
  const { isHead = false, setsLength = false } = probe;
  const answer = await client.responseOrClose(withinMs, isHead);
  if (answer === "neither") return { answer: "neither an answer nor the end" };
  if (answer === null)
    return { cut: client.receivedText.includes("\r\n\r\n"), status: client.receivedText.slice(0, 12) };
  return {
    status: answer.status,
    reason: answer.reason,
    fields: fieldsOf(answer, setsLength),
    body: answer.body.length > 200 ? `${answer.body.length} octets` : answer.body.toString("latin1"),
  };
}

/** By name, and in order of arrival for one name: the order of different fields means nothing (RFC 9110 section 5.3). */
function fieldsOf({ fields }: RawResponse, setsLength: boolean): string[] {
  return fields
    .filter(([name]) => !OWN_FIELDS.has(name) && (setsLength || name !== "content-length"))
    .map(([name, value], i) => ({ name, value, i }))
    .toSorted((one, other) => one.name.localeCompare(other.name) || one.i - other.i)
    .map(({ name, value }) => `${name}: ${value}`);
}

/** The first difference, in a sentence, or `null`. */
async function difference(run: (place: "native" | "adapted") => Promise<Observation>): Promise<string | null> {
  const native = await run("native");
  const adapted = await run("adapted");
  for (const name of new Set([...Object.keys(adapted.wire), ...Object.keys(native.wire)])) {
    const pair = [native.wire[name], adapted.wire[name]].map((value) => JSON.stringify(value));
    if (pair[0] !== pair[1]) return `${name}: node:http ${pair[0]}, the adapter ${pair[1]}`;
  }
  const [expected, got] = [native.notes.join(", "), adapted.notes.join(", ")];
  return expected === got ? null : `the app saw [${expected}] on node:http, and [${got}] through the adapter`;
}
