// A process of its own for what ends processes: unhandled rejections, and signals.

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { INDEX, LOADER } from "../support/built.ts";
import type { EngineName } from "../support/engines.ts";
import { RawClient } from "../support/raw-client.ts";
import { isListening } from "../support/ports.ts";
import { Program } from "../support/program.ts";
import { until, within } from "../support/waiting.ts";

const START_MS = 60_000;
const END_MS = 20_000;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Child implements AsyncDisposable {
  /** Ports that the process printed, in order. */
  readonly ports: number[] = [];
  private stdout = "";
  private stderr = "";
  private readonly process: ChildProcessByStdio<Writable, Readable, Readable>;
  private readonly program: Program;
  private readonly closed: Promise<unknown>;

  private constructor(script: string) {
    const parameters = [...LOADER, "--unhandled-rejections=strict", "--input-type=module", "-e", script];
    this.process = spawn(process.execPath, parameters, { stdio: "pipe" });
    this.program = new Program("the child", this.process);
    this.closed = once(this.process, "close");
    this.process.stdout.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.process.stderr.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
  }

  /**
   * Runs `code`, in which `serve`, `options`, `listening` and `told` are there. Waits until it has said
   * `listening(server)` for as many servers as it is to have. `told` is a promise that `tell()` fulfils.
   */
  static async start(engine: EngineName, code: string, servers: number = 1): Promise<Child> {
    const child = new Child(`
      import { serve } from ${JSON.stringify(INDEX)};
      const told = new Promise((resolve) => process.stdin.once("data", resolve));
      process.stdin.on("end", () => process.exit(1)).resume();
      process.stdin.unref();
      const options = { engine: "${engine}", host: "127.0.0.1", port: 0, log: "off", mode: "development" };
      const listening = (server) => console.log("port " + server.port);
      ${code}`);
    const ports = (): RegExpExecArray[] => [...child.stdout.matchAll(/^port (\d+)$/gm)];
    await child.program.untilUp(START_MS, () => ports().length === servers);
    child.ports.push(...ports().map(([, port]) => Number(port)));
    return child;
  }

  /** Waits until it printed `text`. */
  async printed(text: string): Promise<void> {
    await until(END_MS, `"${text}" from the child (${this.stderr})`, () => this.stdout.includes(text));
  }

  connect(server: number = 0): Promise<RawClient> {
    return RawClient.connect(this.ports[server] ?? 0);
  }

  /** Waits until its server takes no more connections. */
  async refuses(server: number = 0): Promise<void> {
    await until(END_MS, "refusal", () => !isListening(this.ports[server] ?? 0));
  }

  tell(): void {
    this.process.stdin.write("go\n");
  }

  kill(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  async ended(): Promise<Ended> {
    await within(END_MS, "the end of the child", this.closed);
    const { exitCode, signalCode } = this.process;
    return { code: exitCode, signal: signalCode, stdout: this.stdout, stderr: this.stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program.end();
    await this.closed;
  }
}
