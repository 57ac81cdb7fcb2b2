// A real Redis for tests: Debian's redis-server, on a free port, that keeps nothing on disk.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { freePorts } from "./pebble.ts";
import { turn } from "./waiting.ts";

const ISSUE = "redis-server is not installed: apt install redis-server";

/** Why tests with Redis cannot run here; `false` when they can. In CI a missing part is a failure. */
export function withoutRedis(): string | false {
  try {
    execFileSync("which", ["redis-server"], { stdio: "ignore" });
    return false;
  } catch {
    if (process.env["CI"] !== undefined) throw new Error(ISSUE);
    return ISSUE;
  }
}

/** A Redis that runs. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly url: string;
  #process: ChildProcess | null = null;

  private constructor(port: number) {
    this.port = port;
    this.url = `redis://127.0.0.1:${port}`;
  }

  static async start(): Promise<RedisServer> {
    const [port = 0] = await freePorts(1);
    const redis = new RedisServer(port);
    await redis.restart();
    return redis;
  }

  /** Starts it, with nothing in its memory. */
  async restart(): Promise<void> {
    const parameters = [
      "--port",
      String(this.port),
      "--bind",
      "127.0.0.1",
      "--save",
      "",
      "--appendonly",
      "no",
      "--databases",
      "64",
    ];
    this.#process = spawn("redis-server", parameters, { stdio: "ignore" });
    const deadline = performance.now() + 10_000;
    while (!(await this.#answers())) {
      if (performance.now() > deadline) throw new Error("redis-server did not start");
      await turn(20);
    }
  }

  /** Ends it at once; what it held is lost. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null) return;
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }

  #answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.port, "127.0.0.1", () => socket.write("PING\r\n"));
      socket.once("data", () => {
        socket.destroy();
        resolve(true);
      });
      socket.once("error", () => resolve(false));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
