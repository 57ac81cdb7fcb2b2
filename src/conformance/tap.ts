// A report as TAP version 14, which every test harness reads.

import type { JudgedCase, Report } from "./report.ts";

/** A failing SHOULD or MAY and a listed deviation are TODO, by which TAP means: known, and no failure of the run. */
export function toTap(report: Report, options: { readonly strict?: boolean } = {}): string {
  const lines = report.cases.flatMap((one, i) => [line(one, i + 1, options.strict === true), ...details(one)]);
  const notes = [
    `# ${report.subject}, ${report.runtime}, profiles ${report.claimed.join(", ")}`,
    ...report.unclaimed.map((profile) => `# unclaimed profile: ${profile}`),
    ...report.unknownDeviations.map((id) => `# the list of deviations names "${id}", which is no case of the kit`),
    `# ${summary(report)}`,
  ];
  return ["TAP version 14", `1..${report.cases.length}`, ...lines, ...notes, ""].join("\n");
}

/** `214 pass, 0 fail, 3 deviations, 8 skipped: conforms`. */
export function summary({ cases, conforms, durationMs }: Report): string {
  const count = (...outcomes: string[]): number => cases.filter(({ outcome }) => outcomes.includes(outcome)).length;
  const warnings = cases.filter(({ outcome, level }) => outcome === "fail" && level !== "MUST").length;
  return (
    `${count("pass")} pass, ${count("fail", "unexpected-pass")} fail (${warnings} of them SHOULD or MAY), ` +
    `${count("deviation")} deviations, ${count("skip")} skipped in ${durationMs} ms: ` +
    (conforms ? "conforms" : "does not conform")
  );
}

function line({ id, says, outcome, level, detail }: JudgedCase, number: number, strict: boolean): string {
  const isOk = outcome === "pass" || outcome === "skip";
  const directive =
    outcome === "skip"
      ? ` # SKIP ${detail}`
      : outcome === "deviation"
        ? ` # TODO deviation: ${detail}`
        : outcome === "fail" && level !== "MUST" && !strict
          ? ` # TODO ${level}`
          : "";
  return `${isOk ? "ok" : "not ok"} ${number} - ${escaped(`${id}: ${says}`)}${escapedLine(directive)}`;
}

function details({ outcome, statement, level, detail, seen }: JudgedCase): string[] {
  if (outcome === "pass" || outcome === "skip") return [];
  const facts = [`statement: ${statement}`, `level: ${level}`, `seen: ${JSON.stringify(seen ?? detail)}`];
  return ["  ---", ...facts.map((fact) => `  ${fact}`), "  ..."];
}

function escaped(text: string): string {
  return escapedLine(text).replaceAll("\\", "\\\\").replaceAll("#", "\\#");
}

function escapedLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, " ");
}
