// How much processor time and memory has a process tree used? The arithmetic of Linux's /proc.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  /** User and system time of the process and of its children that ended and were waited for, in clock ticks. */
  readonly ticks: number;
}

/** Reads one `/proc/<pid>/stat` line (proc_pid_stat(5)). @throws SyntaxError when it is not one. */
export function parseStat(line: string): ProcessStat {
  // The command name may hold spaces and parentheses; the last one ends it.
  const nameEnd = line.lastIndexOf(")");
  const [, parent, ...rest] = line.slice(nameEnd + 2).split(" ");
  const times = rest.slice(9, 13).map(Number);
  if (nameEnd === -1 || times.length < 4 || times.some(Number.isNaN)) {
    throw new SyntaxError(`Not a line of /proc/<pid>/stat: ${JSON.stringify(line)}.`);
  }
  return { pid: Number.parseInt(line, 10), parent: Number(parent), ticks: times.reduce((sum, time) => sum + time, 0) };
}

/** `root` and everything below it. */
export function treeOf(stats: readonly ProcessStat[], root: number): ProcessStat[] {
  const tree = stats.filter((stat) => stat.pid === root);
  for (const member of tree) tree.push(...stats.filter((stat) => stat.parent === member.pid));
  return tree;
}

/** The most memory a process ever held, from `/proc/<pid>/status`; 0 when the kernel does not say. */
export function parsePeakBytes(status: string): number {
  return kibibytes(status, "VmHWM");
}

/** The memory a process holds now, from `/proc/<pid>/status`; 0 when the kernel does not say. */
export function parseResidentBytes(status: string): number {
  return kibibytes(status, "VmRSS");
}

/** Processor time for each request, in microseconds. */
export function cpuMicrosPerRequest(ticks: number, ticksPerSecond: number, requests: number): number {
  return (ticks / ticksPerSecond / requests) * 1_000_000;
}

/** Clock ticks used so far by the tree of `root`. @throws when `root` is gone. */
export function ticksUsed(root: number): number {
  const tree = treeOf(allStats(), root);
  if (tree.length === 0) throw new Error(`Process ${root} ended while it was being measured.`);
  return tree.reduce((sum, stat) => sum + stat.ticks, 0);
}

/** The sum of what each process of the tree of `root` held at most. */
export function peakBytes(root: number): number {
  return sumOfStatus(root, parsePeakBytes);
}

/** What the tree of `root` holds now. */
export function residentBytes(root: number): number {
  return sumOfStatus(root, parseResidentBytes);
}

export function clockTicksPerSecond(): number {
  return Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
}

function sumOfStatus(root: number, parse: (status: string) => number): number {
  return treeOf(allStats(), root).reduce((sum, { pid }) => sum + parse(readOf(pid, "status") ?? ""), 0);
}

function kibibytes(status: string, name: string): number {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status);
  return Number(match?.[1] ?? 0) * 1024;
}

function allStats(): ProcessStat[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readOf(Number(name), "stat"))
    .filter((line) => line !== null)
    .map(parseStat);
}

/** `null` when the process ended since it was listed. */
function readOf(pid: number, name: "stat" | "status"): string | null {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return null;
  }
}
