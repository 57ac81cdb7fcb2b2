// A real Redis for tests: Debian's redis-server, on a free port, that keeps nothing on disk.

import { execFileSync, spawn } from "node:child_process";
import { connect } from "node:net";
import { freePort } from "./ports.ts";
import { onFreshPorts, Program } from "./program.ts";

const START_MS = 60_000;

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
  #program: Program | null = null;

  private constructor(port: number) {
    this.port = port;
    this.url = `redis://127.0.0.1:${port}`;
  }

  static async start(): Promise<RedisServer> {
    return onFreshPorts(async () => {
      const redis = new RedisServer(await freePort());
      await redis.restart();
      return redis;
    });
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
    const child = spawn("redis-server", parameters, { stdio: ["ignore", "pipe", "pipe"] });
    this.#program = new Program("redis-server", child);
    await this.#program.untilUp(START_MS, () => this.#answers());
  }

  /** Ends it at once; what it held is lost. */
  async kill(): Promise<void> {
    await this.#program?.end();
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
