// The bench: `npm run bench`. Measures, prints, and after a full run writes the results file and the tables of docs/speed.md.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import type { Group } from "./load.ts";
import { type Machine, obstacles, thisMachine } from "./machine.ts";
import { ensureCertificate } from "./certificate.ts";
import { ensureFiles } from "./files.ts";
import { type Findings, measure } from "./measure.ts";
import { ensureNextApp } from "./next-app.ts";
import { installPeers } from "./peers/install.ts";
import { expectedSeconds, GROUPS, partOf, type Plan, planFrom, USAGE } from "./plan.ts";
import { informationTable, machineLine, ratioTable, pageText, rowsOf, verdicts, withRegion } from "./report.ts";

const PAGE = fileURLToPath(new URL("../docs/speed.md", import.meta.url));
const RESULTS = fileURLToPath(new URL("results", import.meta.url));

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) return say(USAGE, 0);
  let plan: Plan;
  try {
    plan = planFrom(args);
  } catch (error) {
    return say(`${(error as Error).message}\n\n${USAGE}`, 2);
  }
  const missing = obstacles({
    ours: plan.servers.some(({ role }) => role === "ours"),
    nginx: needsFiles(plan),
    caddy: plan.servers.some(({ name }) => name === "caddy"),
  });
  if (missing.length > 0) return say(missing.join("\n"), 1);
  if (plan.servers.some(({ role }) => role === "peer")) installPeers(console.log);

  if (needsFiles(plan)) ensureFiles();
  if (partOf(plan, "https") !== null) ensureCertificate();
  if (partOf(plan, "next") !== null) ensureNextApp(console.log);

  const machine = thisMachine();
  console.log(introduction(plan));
  const findings = await measure(plan, console.log);
  console.log(summary(plan, findings, machine));
  if (findings.failures.length > 0) return 1;
  if (plan.full) publish(plan, findings, machine);
  return 0;
}

function needsFiles(plan: Plan): boolean {
  return partOf(plan, "static") !== null || partOf(plan, "https") !== null;
}

function introduction(plan: Plan): string {
  const { loads, servers, rounds, readingMs } = plan;
  const size = `${loads.length} loads, ${servers.length} servers beside the control, ${rounds} round(s) with readings of ${readingMs / 1000} s`;
  return `${size}: about ${expectedSeconds(plan)} s. ${idleness()}\n`;
}

/** A busy neighbour disturbs subject and control unequally, and starves warm-ups. */
function idleness(): string {
  const busy = loadavg()[0] ?? 0;
  if (busy < 0.5) return "Keep the machine idle.";
  return `THE MACHINE IS BUSY (load average ${busy.toFixed(1)}): these will not be results.`;
}

function summary(plan: Plan, findings: Findings, machine: Machine): string {
  const { loads, full } = plan;
  const rows = rowsOf(findings.comparisons);
  const tables = GROUPS.map((group) => partOf(plan, group)).flatMap((part) =>
    part === null ? [] : [ratioTable(part.loads, part.servers, rows), informationTable(part.loads, part.servers, rows)],
  );
  const parts = [...tables, verdicts(loads, rows).join("\n"), machineLine(machine, findings.versions)];
  if (!full) parts.push("Not a full run: a look, not a result. Nothing was written.");
  if (findings.failures.length > 0) {
    const lines = findings.failures.map(
      ({ load, server, kind, reason }) => `  ${load}, ${server}: ${kind}: ${reason.split("\n")[0]}`,
    );
    parts.push(`FAILED: these figures do not exist, and nothing was written.\n${lines.join("\n")}`);
  }
  return `\n${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

/** Keeps a full run: every reading as JSON, the ratios in docs/speed.md. */
function publish(plan: Plan, findings: Findings, machine: Machine): void {
  const { rounds, pairs, readingMs, warmUpMs } = plan;
  const { comparisons, versions } = findings;
  const content = {
    machine,
    versions,
    method: { rounds, pairs, readingMs, warmUpMs },
    rows: rowsOf(comparisons),
    comparisons,
  };
  const path = `${RESULTS}/${machine.date.slice(0, 16).replace(":", "")}.json`;
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);
  console.log(`Every reading: ${path}`);
  if (!plan.writePage) return;
  for (const group of GROUPS) {
    const part = partOf(plan, group);
    if (part !== null) publishTable(group, part, findings, machine);
  }
}

function publishTable(group: Group, plan: Plan, findings: Findings, machine: Machine): void {
  const text = pageText(group, plan, findings, machine);
  const page = withRegion(group, pageOrEmpty(PAGE), text);
  if (page === null) {
    console.log(`docs/speed.md has no place marked for the table. Here it is:\n\n${text}`);
  } else {
    writeFileSync(PAGE, page);
    console.log("docs/speed.md has the new table.");
  }
}

function pageOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function say(text: string, code: number): number {
  if (code === 0) console.log(text);
  else console.error(text);
  return code;
}
