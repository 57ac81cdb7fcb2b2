// What did the readings say? Readings in; rows, tables and the region of docs/speed.md out. Nothing here is timed.

import { type Group, groupOf, type Load } from "./load.ts";
import type { Machine } from "./machine.ts";
import type { Comparison, Findings, Reading } from "./measure.ts";
import type { Plan } from "./plan.ts";
import { controlNamed, controlOf, type ServerSpec } from "./servers.ts";
import { type Spread, spreadOf } from "./statistics.ts";

/** What one server needed for one load, over all rounds. */
export interface Row {
  readonly load: string;
  readonly server: string;
  /** To the control of the same block. For the control itself: its readings to their own median. */
  readonly ratio: Spread;
  readonly cpuMicros: Spread;
  readonly requestsPerSecond: Spread;
  readonly peakBytes: number;
}

/** One row for each server and load that has a figure; the control's row of a load is the first. */
export function rowsOf(comparisons: readonly Comparison[]): Row[] {
  const loads = [...new Set(comparisons.map(({ load }) => load))];
  return loads.flatMap((load) => {
    const ofLoad = comparisons.filter((comparison) => comparison.load === load);
    const servers = [...new Set(ofLoad.map(({ server }) => server))];
    return [controlRow(load, ofLoad), ...servers.map((server) => serverRow(load, server, ofLoad))];
  });
}

function controlRow(load: string, comparisons: readonly Comparison[]): Row {
  const readings = comparisons.flatMap(({ control }) => control);
  const cpuMicros = cpuOf(readings);
  const ratio = spreadOf(readings.map((reading) => reading.cpuMicros / cpuMicros.median));
  const peaks = comparisons.map(({ controlPeakBytes }) => controlPeakBytes);
  return {
    load,
    server: controlNamed(load).name,
    ratio,
    cpuMicros,
    requestsPerSecond: rateOf(readings),
    peakBytes: Math.max(...peaks),
  };
}

function serverRow(load: string, server: string, comparisons: readonly Comparison[]): Row {
  const own = comparisons.filter((comparison) => comparison.server === server);
  const readings = own.flatMap(({ subject }) => subject);
  const ratio = spreadOf(own.map((comparison) => comparison.ratio));
  const peaks = own.map(({ peakBytes }) => peakBytes);
  return {
    load,
    server,
    ratio,
    cpuMicros: cpuOf(readings),
    requestsPerSecond: rateOf(readings),
    peakBytes: Math.max(...peaks),
  };
}

function cpuOf(readings: readonly Reading[]): Spread {
  return spreadOf(readings.map(({ cpuMicros }) => cpuMicros));
}

function rateOf(readings: readonly Reading[]): Spread {
  return spreadOf(readings.map(({ requestsPerSecond }) => requestsPerSecond));
}

/** `1.12 (1.10-1.15)`. */
export function spreadText({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}-${max.toFixed(digits)})`;
}

/** A Markdown table whose columns line up; all columns but the first are numbers, set to the right. */
export function markdownTable(head: readonly string[], body: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, 3, ...body.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (column === 0 ? (cells[0] ?? "").padEnd(width) : (cells[column] ?? "").padStart(width))).join(" | ")} |`;
  const rule = widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [line(head), `| ${rule.join(" | ")} |`, ...body.map(line)].join("\n");
}

/** Servers down, loads of one group across, the ratio in each cell; the control's line gives its microseconds. */
export function ratioTable(loads: readonly Load[], servers: readonly ServerSpec[], rows: readonly Row[]): string {
  const cell = (server: ServerSpec, load: Load, text: (row: Row) => string): string => {
    const row = rows.find((candidate) => candidate.server === server.name && candidate.load === load.name);
    return row === undefined ? "-" : text(row);
  };
  const [first] = loads;
  if (first === undefined) return "";
  const own = controlOf(first);
  const control = loads.map((load) => cell(own, load, ({ cpuMicros }) => `${spreadText(cpuMicros, 1)} µs`));
  const subjects = servers.map((server) => [
    server.title,
    ...loads.map((load) => cell(server, load, ({ ratio }) => spreadText(ratio, 2))),
  ]);
  return markdownTable(["server", ...loads.map(({ name }) => name)], [[own.title, ...control], ...subjects]);
}

/** Requests per second and memory: information, because the sender is often what limits the rate. */
export function informationTable(loads: readonly Load[], servers: readonly ServerSpec[], rows: readonly Row[]): string {
  const [first] = loads;
  if (first === undefined) return "";
  const body = [controlOf(first), ...servers].map((server) => [
    server.title,
    ...loads.map((load) => {
      const row = rows.find((candidate) => candidate.server === server.name && candidate.load === load.name);
      if (row === undefined) return "-";
      return `${Math.round(row.requestsPerSecond.median)}/s, ${Math.round(row.peakBytes / 2 ** 20)} MB`;
    }),
  ]);
  return markdownTable(["requests/s, peak memory", ...loads.map(({ name }) => name)], body);
}

/** Who is judged. */
const SUBJECTS: Readonly<Record<Group, string>> = {
  app: "ours",
  static: "ours-static",
  express: "ours-express",
  https: "ours-tls",
  next: "ours-next",
  sockets: "ours-ws",
};

/** Whether easyserver is within the ratio each load allows: one sentence for each limit that has a figure. */
export function verdicts(loads: readonly Load[], rows: readonly Row[]): string[] {
  return loads.flatMap((load) => {
    const { name, atMost, beside = [] } = load;
    const medianOf = (server: string): number | undefined =>
      rows.find((candidate) => candidate.server === server && candidate.load === name)?.ratio.median;
    const own = medianOf(SUBJECTS[groupOf(load)]);
    if (own === undefined) return [];
    const others = beside.flatMap((limit) => {
      const other = medianOf(limit.server);
      return other === undefined ? [] : [verdict(`${name} beside ${limit.server}`, own / other, limit.atMost)];
    });
    return atMost === null ? others : [verdict(name, own, atMost), ...others];
  });
}

function verdict(what: string, ratio: number, atMost: number): string {
  return `${what}: ${ratio.toFixed(2)}, ${ratio <= atMost ? "within" : "OVER"} the ${atMost.toFixed(2)} allowed`;
}

/** One line that says where figures come from. */
export function machineLine(machine: Machine, versions: Readonly<Record<string, string>>): string {
  const servers = [...new Set(Object.values(versions))].toSorted().join("; ");
  const { cpu, cores, kernel, node, wrk, commit, date } = machine;
  return `${date}, ${cpu}, ${cores} cores, Linux ${kernel}, Node ${node}, ${wrk}, commit ${commit}. ${servers}.`;
}

const INTRODUCTIONS: Readonly<Record<Group, readonly string[]>> = {
  app: [
    "Processor time of the server for each request, kernel included, as a ratio to uWebSockets.js alone answering the same",
    "bytes. Lower is better.",
  ],
  static: [
    "Files: processor time of the server for each request, kernel included, as a ratio to nginx with `open_file_cache` and",
    "`sendfile`. Lower is better.",
  ],
  express: [
    "Unchanged apps: processor time of the server for each request, kernel included, as a ratio to the same app on node:http.",
    "Lower is better.",
  ],
  https: [
    "Over TLS: processor time of the server for each request or handshake, kernel included, as a ratio to nginx. Lower is better.",
  ],
  next: [
    "A Next 16 app: processor time of the server for each request, kernel included, as a ratio to `next start`. Lower is better.",
  ],
  sockets: [
    "WebSockets: processor time of the server for each message, kernel included, as a ratio to the same app on node:http.",
    "Lower is better.",
  ],
};

/** What stands in docs/speed.md between the two marks of `group`. `plan` is the part of the run that is about it. */
export function pageText(group: Group, plan: Plan, findings: Findings, machine: Machine): string {
  const rows = rowsOf(findings.comparisons);
  return [
    ...INTRODUCTIONS[group],
    `Median of ${plan.rounds} rounds, lowest and highest in brackets; the control "(again)" shows how far apart two runs of the`,
    "same program are. [What is measured, and how to read it](../bench/README.md).",
    "",
    ratioTable(plan.loads, plan.servers, rows),
    "",
    machineLine(machine, findings.versions),
  ].join("\n");
}

const MARKS: Readonly<Record<Group, readonly [opening: string, closing: string]>> = {
  app: ["<!-- bench:start -->", "<!-- bench:end -->"],
  static: ["<!-- bench-static:start -->", "<!-- bench-static:end -->"],
  express: ["<!-- bench-express:start -->", "<!-- bench-express:end -->"],
  https: ["<!-- bench-https:start -->", "<!-- bench-https:end -->"],
  next: ["<!-- bench-next:start -->", "<!-- bench-next:end -->"],
  sockets: ["<!-- bench-sockets:start -->", "<!-- bench-sockets:end -->"],
};

/** `page` with `text` between the two marks of `group`, or `null` when the page has no such place. */
export function withRegion(group: Group, page: string, text: string): string | null {
  const [opening, closing] = MARKS[group];
  const start = page.indexOf(opening);
  const end = page.indexOf(closing, start);
  if (start === -1 || end === -1) return null;
  return `${page.slice(0, start + opening.length)}\n\n${text}\n\n${page.slice(end)}`;
}
