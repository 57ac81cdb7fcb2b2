// `easyserver precompress`: makes the compressed copies that the server sends, for instance at the end of a build.

import { statSync } from "node:fs";
import { constants as os } from "node:os";
import zlib from "node:zlib";
import { environment, invalidOptions } from "../../options.ts";
import { nearest } from "../../options/suggestion.ts";
import { parseSize } from "../../options/quantity.ts";
import { precompress, type PrecompressReport, type PrecompressSettings } from "../../static/precompress.ts";
import { type CommandLine, type Flag, readCommandLine } from "../command-flags.ts";
import type { Command } from "../commands.ts";
import { EXIT } from "../failure.ts";
import { progressBar } from "../progress.ts";

const LINE = {
  name: "precompress",
  usage: "<dir> [options]",
  about:
    "Makes app.js.br and app.js.gz (and app.js.zst from Node 22.15 on) beside app.js where they are smaller. Run again, it " +
    "makes only what changed, and removes its copies of files that are gone. Copies that something else made stay as they are.",
  examples: ["easyserver precompress ./public", "easyserver precompress ./dist --encodings br --br-level 9 --json"],
  positionals: { from: 1, to: 1 },
  flags: {
    encodings: {
      placeholder: "<list>",
      help: "What to make: br, gzip, zstd, separated by commas.",
      defaultText: "all that this Node can make",
    },
    brLevel: { placeholder: "<0-11>", help: "Effort of brotli.", defaultText: "11" },
    gzipLevel: { placeholder: "<1-9>", help: "Effort of gzip.", defaultText: "9" },
    zstdLevel: { placeholder: "<1-22>", help: "Effort of Zstandard.", defaultText: "19" },
    minSize: { placeholder: "<size>", help: "Leave smaller files alone.", defaultText: "1kb" },
    force: { help: "Replace copies that something else made, too." },
    dryRun: { help: "Say what would be done, and do nothing." },
    json: { help: "Print the report as one JSON object." },
  },
} as const satisfies CommandLine<Readonly<Record<string, Flag>>>;

const CODINGS = ["br", "gzip", "zstd"] as const;

type Coding = (typeof CODINGS)[number];

const LEVELS = {
  br: { flag: "brLevel", spelling: "--br-level", from: 0, to: 11, usual: 11 },
  gzip: { flag: "gzipLevel", spelling: "--gzip-level", from: 1, to: 9, usual: 9 },
  zstd: { flag: "zstdLevel", spelling: "--zstd-level", from: 1, to: 22, usual: 19 },
} as const;

type Flags = NonNullable<ReturnType<typeof readCommandLine<typeof LINE.flags>>>["flags"];

export const command: Command = {
  async run(argv) {
    const given = readCommandLine(LINE, argv);
    if (given === null) return EXIT.ok;
    const directory = given.positionals[0] ?? "";
    const settings = settingsFrom(given.flags, directory);
    return runUntilDone(directory, settings, given.flags.json);
  },
};

/** @throws ServerError `ERR_OPTIONS_INVALID` for everything that is wrong at once. */
function settingsFrom(flags: Flags, directory: string): PrecompressSettings {
  const problems: string[] = [];
  const levels: Partial<Record<Coding, number>> = {};
  for (const coding of encodingsFrom(flags.encodings, problems)) {
    const { flag, spelling, from, to, usual } = LEVELS[coding];
    const text = flags[flag];
    const level = text === undefined ? usual : Number(text);
    if (text !== undefined && !(/^\d+$/.test(text) && level >= from && level <= to)) {
      problems.push(`${spelling} is a whole number from ${from} to ${to}: got ${JSON.stringify(text)}.`);
    } else levels[coding] = level;
  }
  const minBytes = parseSize(flags.minSize ?? "1kb");
  if (minBytes === null) {
    problems.push(`--min-size is a size such as 1kb or 500: got ${JSON.stringify(flags.minSize)}.`);
  }
  const obstacle = obstacleOf(directory);
  if (obstacle !== null) problems.push(obstacle);
  if (problems.length > 0) throw invalidOptions(problems);
  return { levels, minBytes: minBytes ?? 0, force: flags.force, dryRun: flags.dryRun };
}

function encodingsFrom(list: string | undefined, problems: string[]): readonly Coding[] {
  const isThere = "createZstdCompress" in zlib;
  if (list === undefined) return isThere ? CODINGS : ["br", "gzip"];
  const names = list.split(",").map((name) => name.trim().toLowerCase());
  for (const name of names) {
    if (!(CODINGS as readonly string[]).includes(name)) {
      const meant = nearest(name, CODINGS);
      const suggestion = meant === null ? "" : ` Did you mean ${meant}?`;
      problems.push(`--encodings takes ${CODINGS.join(", ")}: got ${JSON.stringify(name)}.${suggestion}`);
    } else if (name === "zstd" && !isThere) {
      problems.push(`--encodings zstd needs Node 22.15 or newer: this is ${process.versions.node}.`);
    }
  }
  return CODINGS.filter((coding) => names.includes(coding));
}

function obstacleOf(directory: string): string | null {
  try {
    return statSync(directory).isDirectory() ? null : `${JSON.stringify(directory)} is not a directory.`;
  } catch (error) {
    return `The directory ${JSON.stringify(directory)} cannot be read (${(error as Error).message}).`;
  }
}

async function runUntilDone(directory: string, settings: PrecompressSettings, asJson: boolean): Promise<number> {
  const abort = new AbortController();
  let signalled: "SIGINT" | "SIGTERM" | null = null;
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => {
      signalled = name;
      abort.abort(new Error(`Interrupted by ${name}.`));
    });
  }
  const bar = progressBar(process.stderr, environment());
  const startMs = performance.now();
  try {
    const report = await precompress(directory, { ...settings, signal: abort.signal, onProgress: bar.show });
    bar.clear();
    const seconds = (performance.now() - startMs) / 1000;
    process.stdout.write(
      asJson ? `${JSON.stringify({ directory, ...report, seconds })}\n` : summary(report, settings, seconds),
    );
    for (const { path, reason } of report.failed) process.stderr.write(`easyserver: ${path}: ${reason}\n`);
    return report.failed.length === 0 ? EXIT.ok : EXIT.failedStart;
  } catch (error) {
    bar.clear();
    process.stderr.write(`easyserver: ${error instanceof Error ? error.message : String(error)}\n`);
    return signalled === null ? EXIT.failedStart : 128 + os.signals[signalled];
  }
}

function summary(report: PrecompressReport, { dryRun }: PrecompressSettings, seconds: number): string {
  const { made, removed, current, poor, foreign } = report;
  const lines: string[] = [];
  if (dryRun) {
    lines.push(...made.map(({ path, coding }) => `would compress ${path} (${coding})`));
    lines.push(...removed.map(({ path, coding }) => `would remove the ${coding} copy of ${path}`));
  }
  for (const { path, coding } of foreign.filter(({ outdated }) => outdated)) {
    lines.push(
      `The ${coding} copy of ${path} is older than it, so it is not sent. It is not ours: --force replaces it.`,
    );
  }
  for (const coding of CODINGS) {
    const ofCoding = made.filter((one) => one.coding === coding && one.bytes !== null);
    if (ofCoding.length === 0) continue;
    const before = ofCoding.reduce((sum, { sourceBytes }) => sum + sourceBytes, 0);
    const after = ofCoding.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
    lines.push(`${coding}: ${counted(ofCoding.length, "file")}, ${kilobytes(before)} became ${kilobytes(after)}`);
  }
  const rest = [
    `${made.length} ${dryRun ? "to make" : "made"}`,
    `${current} up to date`,
    `${poor} not worth it`,
    `${removed.length} ${dryRun ? "to remove" : "removed"}`,
    ...(foreign.length > 0 ? [`${foreign.length} made by something else`] : []),
  ];
  lines.push(`Compressed copies: ${rest.join(", ")} (${seconds.toFixed(1)} s).`);
  return `${lines.join("\n")}\n`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
