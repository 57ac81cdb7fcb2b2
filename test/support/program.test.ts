// What is left of a program that does not start, and who says why? Small programs of the shell in the places of large ones.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { freePort, freePorts } from "./ports.ts";
import { onFreshPorts, Program, StartFailure } from "./program.ts";

function shell(script: string): Program {
  return new Program("the program", spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "pipe"] }));
}

describe("a program that does not start", () => {
  it("is told at once when it ends, with what it wrote", async () => {
    const program = shell("echo before; echo 'no such flag' >&2; exit 3");

    const error = await program.untilUp(30_000, () => false).catch((reason: unknown) => reason);

    assert.ok(error instanceof StartFailure);
    assert.match(error.message, /^the program did not start \(it ended with 3\): (?:before\n)?no such flag/u);
  });

  it("is ended when its time is over", async () => {
    const program = shell("echo 'soon'; exec sleep 60");

    await assert.rejects(
      program.untilUp(200, () => false),
      /^StartFailure: the program did not start \(ready: not within 200 ms\): soon$/u,
    );

    assert.deepEqual([program.isRunning, program.child.signalCode], [false, "SIGKILL"]);
  });

  it("is ended when the question whether it is up fails", async () => {
    const program = shell("exec sleep 60");

    await assert.rejects(
      program.untilUp(30_000, () => Promise.reject(new Error("no answer"))),
      /no answer/u,
    );

    assert.equal(program.isRunning, false);
  });

  it("may not be there at all", async () => {
    const program = new Program("nothing", spawn("/nowhere/nothing"));

    await assert.rejects(
      program.untilUp(30_000, () => false),
      /nothing did not start .*ENOENT/u,
    );
  });

  it("is started on other ports when somebody has its port, and for no other reason", async () => {
    const attempts: string[] = [];
    const attempt = (script: string) => async (): Promise<string> => {
      attempts.push(script);
      const program = shell(attempts.length < 3 ? script : "echo up; exec sleep 60");
      await using _ = program;
      await program.untilUp(30_000, () => program.tail === "up");
      return program.tail;
    };

    assert.equal(await onFreshPorts(attempt("echo 'listen tcp: bind: address already in use' >&2; exit 1")), "up");
    assert.equal(attempts.length, 3);
    attempts.length = 0;
    await assert.rejects(onFreshPorts(attempt("echo 'no such file' >&2; exit 1")), /no such file/u);
    assert.equal(attempts.length, 1);
  });
});

describe("free ports", () => {
  it("are below those that the system gives away, and nobody listens there", async () => {
    const ports = await freePorts(60);

    assert.equal(new Set(ports).size, 60);
    assert.ok(ports.every((port) => port >= 20_000 && port < 32_000));
    const servers = ports.map((port) => createServer().listen(port, "127.0.0.1"));
    await Promise.all(servers.map((server) => once(server, "listening")));
    for (const server of servers) server.close();
  });

  it("leave out one on which somebody listens already", async () => {
    const first = await freePort();
    const taken = createServer().listen(first + 1, "127.0.0.1");
    await once(taken, "listening");

    assert.notEqual(await freePort(), first + 1);

    taken.close();
  });

  it("are not the same in two processes", async () => {
    const source = JSON.stringify(new URL("ports.ts", import.meta.url).href);
    const script = `
      const { freePorts } = await import(${source});
      console.log(JSON.stringify(await freePorts(30)));
      process.stdin.resume();`;
    const parameters = ["--import", "tsx", "--input-type=module", "-e", script];
    const cwd = fileURLToPath(new URL("../..", import.meta.url));
    const start = (): Program =>
      new Program("a process", spawn(process.execPath, parameters, { cwd, stdio: ["pipe", "pipe", "pipe"] }));
    const programs = [start(), start(), start()];
    await Promise.all(programs.map((program) => program.untilUp(30_000, () => program.tail.endsWith("]"))));

    const ports = programs.flatMap((program) => JSON.parse(program.tail) as number[]);
    await Promise.all(programs.map((program) => program.end()));

    assert.equal(new Set([...ports, ...(await freePorts(30))]).size, 120);
  });
});
