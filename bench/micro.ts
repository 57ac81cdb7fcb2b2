// What do the small steps of a request cost? `npm run bench:micro -- [--seconds n] [suite …]`
// They run from the sources, for comparing one way with another. What ships is measured by `npm run bench`.

import { parseArgs } from "node:util";
import Benchmark from "benchmark";
import { headersSuite } from "./micro/headers.bench.ts";
import { lintSuite } from "./micro/lint.bench.ts";
import { replySuite } from "./micro/reply.bench.ts";
import { requestSuite } from "./micro/request.bench.ts";
import { responseSuite } from "./micro/response.bench.ts";
import type { MicroSuite } from "./micro/suite.ts";
import { urlSuite } from "./micro/url.bench.ts";
import { markdownTable } from "./report.ts";

const SUITES: Readonly<Record<string, MicroSuite>> = {
  request: requestSuite,
  headers: headersSuite,
  response: responseSuite,
  reply: replySuite,
  url: urlSuite,
  lint: lintSuite,
};

/** Where results go, so that V8 cannot prove them useless. */
const sink: { value: unknown } = { value: null };

process.exitCode = main();

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seconds: { type: "string", default: "1" } },
  });
  const names = positionals.length === 0 ? Object.keys(SUITES) : positionals;
  const unknown = names.find((name) => SUITES[name] === undefined);
  const seconds = Number(values.seconds);
  if (unknown !== undefined || !(seconds > 0)) {
    const problem =
      unknown === undefined ? `--seconds wants a positive number, not "${values.seconds}".` : `No suite "${unknown}".`;
    console.error(`${problem} Suites: ${Object.keys(SUITES).join(", ")}.`);
    return 2;
  }
  const floor = nanoseconds(() => null, seconds);
  console.log(
    `Node ${process.versions.node}. A case that does nothing: ${cell(floor.nanoseconds)} ns. It is part of every figure.`,
  );
  const failed = names.filter((name) => !report(SUITES[name] as MicroSuite, seconds));
  return failed.length === 0 ? 0 : 1;
}

function report({ title, cases }: MicroSuite, seconds: number): boolean {
  const results = Object.entries(cases).map(([name, run]) => ({ name, ...nanoseconds(run, seconds) }));
  const rows = results.map(({ name, nanoseconds, marginPercent, error }) => [
    name,
    error === null ? cell(nanoseconds) : `failed: ${error}`,
    error === null ? `±${marginPercent.toFixed(1)}%` : "",
  ]);
  console.log(`\n${title}\n${markdownTable(["case", "ns", "margin"], rows)}`);
  return results.every(({ error }) => error === null);
}

interface Timing {
  readonly nanoseconds: number;
  /** The relative margin of error at 95%. */
  readonly marginPercent: number;
  readonly error: string | null;
}

function nanoseconds(run: () => unknown, seconds: number): Timing {
  const benchmark = new Benchmark(
    () => {
      sink.value = run();
    },
    { maxTime: seconds },
  );
  benchmark.run();
  const { stats, error } = benchmark;
  return {
    nanoseconds: stats.mean * 1e9,
    marginPercent: stats.rme,
    error: (error as Error | undefined)?.message ?? null,
  };
}

function cell(value: number): string {
  return value.toFixed(value < 100 ? 1 : 0);
}
