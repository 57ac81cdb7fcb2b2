// Writes the table of docs/conformance.md from a run over all hosts; with `--lists` the lists of foreign hosts, too.

import { readFileSync, writeFileSync } from "node:fs";
import { installPeers } from "../../bench/peers/install.ts";
import { parseDeviations } from "../../src/conformance/deviations.ts";
import { judgeHost } from "../../src/conformance/judge.ts";
import { byStatement, type JudgedCase, type Report } from "../../src/conformance/report.ts";
import { summary } from "../../src/conformance/tap.ts";
import { HOSTS, type JudgedHost, obstacle, startHost } from "../support/judged-hosts.ts";

const PAGE = new URL("../../docs/conformance.md", import.meta.url);
const [BEGIN, END] = ["<!-- table: begin -->", "<!-- table: end -->"];

interface Judged {
  readonly host: JudgedHost;
  readonly about: string;
  readonly report: Report;
}

async function judged(host: JudgedHost, withLists: boolean): Promise<Judged> {
  await using running = await startHost(host);
  const list = new URL(`../../${host.deviations}`, import.meta.url);
  const deviations = withLists && !host.isOurs ? [] : parseDeviations(readFileSync(list, "utf8"));
  const report = await judgeHost(running.url, { name: host.name, deviations, strict: true, patienceMs: 3_000 });
  console.log(`${host.title}: ${summary(report)}`);
  if (withLists && !host.isOurs) writeFileSync(list, `${JSON.stringify(rows(report), null, 2)}\n`);
  return { host, about: running.about, report };
}

/** What follows is of this run alone: tags, times, and how a connection happened to end. */
const VOLATILE =
  /t[0-9a-z]{4}\/|[Dd]ate: |\d\d \w{3} \d{4}|(?:not )?within| after ".*|\d+ chunks|\d+ signals|ended \((?:end|reset)\)/;

function rows(report: Report): object[] {
  return report.cases
    .filter(({ outcome }) => outcome === "fail")
    .map(({ id, detail }) => {
      const expect = (detail ?? "").split(VOLATILE, 1)[0]?.slice(0, 90).trim();
      return { id, reason: "The host does not claim FSGI.", ...(expect !== "" && { expect }) };
    });
}

function isMissed({ outcome }: JudgedCase): boolean {
  return outcome === "fail" || outcome === "deviation" || outcome === "unexpected-pass";
}

function cell({ report }: Judged, statement: string): string {
  const cases = report.cases.filter((one) => one.statement === statement);
  const asked = cases.filter(({ outcome }) => outcome !== "skip");
  if (asked.length === 0) return "-";
  const missed = asked.filter(isMissed);
  const musts = missed.filter(({ level }) => level === "MUST").length;
  if (missed.length === 0) return "yes";
  return `${asked.length - missed.length}/${asked.length}${musts === 0 ? " *" : ""}`;
}

function table(all: readonly Judged[]): string[] {
  const statements = [...new Set(all.flatMap(({ report }) => report.cases.map(({ statement }) => statement)))];
  const titles = all.map(({ host }) => host.title);
  return [
    `| statement | ${titles.join(" | ")} |`,
    `|---|${titles.map(() => "---").join("|")}|`,
    ...statements
      .toSorted(byStatement)
      .map((statement) => `| ${statement} | ${all.map((one) => cell(one, statement)).join(" | ")} |`),
  ];
}

function observations({ host, about, report }: Judged): string[] {
  const missed = report.cases.filter(isMissed);
  const line = ({ id, level, seen, detail }: JudgedCase): string =>
    `- \`${id}\`${level === "MUST" ? "" : ` (${level})`}: ${markdown(seen ?? detail ?? "")}`;
  return [
    `### ${host.title}`,
    "",
    `${about}. Of ${report.cases.filter(({ outcome }) => outcome !== "skip").length} cases ${missed.length} were seen otherwise${missed.length === 0 ? "." : ":"}`,
    "",
    ...(missed.length === 0 ? [] : ["<details><summary>The cases, and what was seen</summary>", ""]),
    ...missed.map(line),
    ...(missed.length === 0 ? [] : ["", "</details>"]),
    "",
  ];
}

function markdown(text: string): string {
  const short = text.length > 160 ? `${text.slice(0, 160)}…` : text;
  return `\`${short.replaceAll(/\bt[0-9a-z]{4}(?=\/)/g, "TAG").replaceAll("`", "'")}\``;
}

const withLists = process.argv.includes("--lists");
const only = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
installPeers(console.log);
const all: Judged[] = [];
for (const host of HOSTS.filter(({ name }) => only.length === 0 || only.includes(name))) {
  const reason = obstacle(host);
  if (reason === null) all.push(await judged(host, withLists));
  else console.log(`left out: ${reason}`);
}
if (only.length === 0) {
  const page = readFileSync(PAGE, "utf8");
  const facts = `Run of ${all[0]?.report.date} on Linux x64: ${all.map(({ host, about }) => `${host.title} (${about})`).join("; ")}.`;
  const generated = [BEGIN, "", facts, "", ...table(all), "", ...all.flatMap(observations), END].join("\n");
  const [before = "", after = ""] = [page.split(BEGIN)[0], page.split(END)[1]];
  writeFileSync(PAGE, `${before}${generated}${after}`);
}
