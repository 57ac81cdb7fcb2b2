// How are readings taken? Subject and control in turn (A B A B), in an order drawn by lot, warm-up discarded.

import { faultOfAnswers } from "./check.ts";
import { type Load, type LoadRequest, questionsOf } from "./load.ts";
import type { Plan } from "./plan.ts";
import { clockTicksPerSecond, cpuMicrosPerRequest, peakBytes, ticksUsed } from "./proc.ts";
import { type ServerProcess, startServer } from "./server-process.ts";
import { answers, controlOf, obstacle, type ServerSpec } from "./servers.ts";
import { shuffled } from "./statistics.ts";
import { sendEchoes } from "./echoes.ts";
import { sendHandshakes } from "./handshakes.ts";
import { faultOf, sendLoad, type WrkReport } from "./wrk.ts";

/** One timing of one server. */
export interface Reading {
  readonly cpuMicros: number;
  readonly requestsPerSecond: number;
  readonly requests: number;
}

/** One block: a server beside the control, within seconds of each other. */
export interface Comparison {
  readonly load: string;
  readonly server: string;
  readonly round: number;
  readonly subject: readonly Reading[];
  readonly control: readonly Reading[];
  /** Processor time of the subject for each of the control's. */
  readonly ratio: number;
  readonly peakBytes: number;
  readonly controlPeakBytes: number;
}

/** A figure that does not exist, and why. A run with one of these has failed. */
export interface Failure {
  readonly load: string;
  readonly server: string;
  /** `excluded`: never timed again in this run. `void`: this block does not count. */
  readonly kind: "excluded" | "void";
  readonly reason: string;
}

export interface Findings {
  readonly comparisons: readonly Comparison[];
  readonly failures: readonly Failure[];
  /** What each server says it is, by name. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Takes all readings of `plan`. `tell` gets one line for each block. */
export async function measure(plan: Plan, tell: (line: string) => void): Promise<Findings> {
  const run = new Run(plan, tell);
  for (let round = 1; round <= plan.rounds; round++) {
    for (const load of shuffled(plan.loads)) await run.measureLoad(load, round);
  }
  return run;
}

/** A server that was checked and is warm, and what it is to be asked. */
interface Ready {
  readonly process: ServerProcess;
  /** Sends the load for this long. */
  readonly send: (ms: number) => Promise<WrkReport>;
}

const TICKS_PER_SECOND = clockTicksPerSecond();

class Run implements Findings {
  readonly comparisons: Comparison[] = [];
  readonly failures: Failure[] = [];
  readonly versions: Record<string, string> = {};
  readonly #plan: Plan;
  readonly #tell: (line: string) => void;

  constructor(plan: Plan, tell: (line: string) => void) {
    this.#plan = plan;
    this.#tell = tell;
  }

  /** One round of one load: every server in turn beside one process of the control. */
  async measureLoad(load: Load, round: number): Promise<void> {
    const servers = this.#plan.servers.filter((server) => answers(server, load));
    if (servers.length === 0) return;
    const control = await this.#ready(controlOf(load), load);
    if (control === null) return;
    try {
      for (const server of shuffled(servers)) await this.#measureServer(server, load, round, control);
    } finally {
      await control.process.stop();
    }
  }

  async #measureServer(server: ServerSpec, load: Load, round: number, control: Ready): Promise<void> {
    const subject = await this.#ready(server, load);
    if (subject === null) return;
    try {
      const comparison = await this.#compare(server, load, round, subject, control);
      this.comparisons.push(comparison);
      this.#tell(lineOf(comparison, server, this.#plan.rounds));
    } catch (error) {
      this.#fail(server, load, "void", (error as Error).message);
    } finally {
      await subject.process.stop();
    }
  }

  async #compare(server: ServerSpec, load: Load, round: number, subject: Ready, control: Ready): Promise<Comparison> {
    const ofSubject: Reading[] = [];
    const ofControl: Reading[] = [];
    for (let pair = 0; pair < this.#plan.pairs; pair++) {
      ofSubject.push(await reading(subject, this.#plan.readingMs));
      ofControl.push(await reading(control, this.#plan.readingMs));
    }
    return {
      load: load.name,
      server: server.name,
      round,
      subject: ofSubject,
      control: ofControl,
      ratio: meanCpu(ofSubject) / meanCpu(ofControl),
      peakBytes: peakBytes(subject.process.pid),
      controlPeakBytes: peakBytes(control.process.pid),
    };
  }

  /** A started, checked and warm server, or `null` when it was excluded, now or earlier. */
  async #ready(server: ServerSpec, load: Load): Promise<Ready | null> {
    if (this.#isExcluded(server, load)) return null;
    const reason = obstacle(server);
    if (reason !== null) return this.#fail(server, load, "excluded", reason);
    let started: ServerProcess | null = null;
    try {
      started = await startServer(server, load.name, this.#plan.node);
      this.versions[server.name] = started.version;
      const questions = await questionsOf(load, started.origin);
      const fault = await faultOfAnswers(started.origin, questions, server.sameFields);
      if (fault !== null) throw new Error(`wrong answer to ${fault}`);
      const { origin } = started;
      const requests = questions.timed.map(({ request }) => request);
      const send = senderOf(load, origin, requests);
      await send(this.#plan.warmUpMs * (load.warmUps ?? 1));
      return { process: started, send };
    } catch (error) {
      await started?.stop();
      return this.#fail(server, load, "excluded", (error as Error).message);
    }
  }

  #isExcluded(server: ServerSpec, load: Load): boolean {
    return this.failures.some(
      (failure) => failure.kind === "excluded" && failure.server === server.name && failure.load === load.name,
    );
  }

  #fail(server: ServerSpec, load: Load, kind: Failure["kind"], reason: string): null {
    this.failures.push({ load: load.name, server: server.name, kind, reason });
    this.#tell(`${load.name}: ${server.title} ${kind}: ${reason}`);
    return null;
  }
}

function senderOf(load: Load, origin: string, requests: readonly LoadRequest[]): Ready["send"] {
  if (load.isEcho === true) return (ms) => sendEchoes(origin, ms);
  return load.isHandshake === true ? (ms) => sendHandshakes(origin, ms) : (ms) => sendLoad(origin, requests, ms);
}

/** Processor time of the server's whole tree while the load is sent, shared among the answers. */
async function reading({ process: server, send }: Ready, ms: number): Promise<Reading> {
  const before = ticksUsed(server.pid);
  const report = await send(ms);
  const ticks = ticksUsed(server.pid) - before;
  const fault = faultOf(report);
  if (fault !== null) throw new Error(fault);
  return {
    cpuMicros: cpuMicrosPerRequest(ticks, TICKS_PER_SECOND, report.requests),
    requestsPerSecond: report.requests / (report.microseconds / 1_000_000),
    requests: report.requests,
  };
}

function meanCpu(readings: readonly Reading[]): number {
  return readings.reduce((sum, { cpuMicros }) => sum + cpuMicros, 0) / readings.length;
}

function lineOf(comparison: Comparison, server: ServerSpec, rounds: number): string {
  const { load, round, subject, control, ratio } = comparison;
  const micros = `${meanCpu(subject).toFixed(2)} / ${meanCpu(control).toFixed(2)} µs`;
  const rate = Math.round(subject.reduce((sum, one) => sum + one.requestsPerSecond, 0) / subject.length);
  const place = `${round}/${rounds} ${load.padEnd(12)} ${server.title.padEnd(27)}`;
  return `${place} ${ratio.toFixed(2).padStart(6)}  (${micros}, ${rate} requests/s)`;
}
