// How does the command end, and what does not end it, where it is not one process among others with all its streams?

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { Program } from "../support/program.ts";
import { until } from "../support/waiting.ts";
import { commandLine, folder, listening, start } from "./command.ts";

const LOOPBACK = ["--host", "127.0.0.1", "--port", "0"];

const NAMESPACE = [...(process.geteuid?.() === 0 ? [] : ["--user", "--map-root-user"]), "--pid", "--fork"];
const withoutNamespaces = spawnSync("unshare", [...NAMESPACE, "true"]).status === 0 ? false : "needs unshare --pid";
const withoutScript = spawnSync("script", ["--version"]).status === 0 ? false : "needs script (Debian: bsdutils)";

/** What a program has printed, for as long as it runs. */
function spawned(file: string, parameters: readonly string[], cwd: string) {
  const child = spawn(file, parameters, { cwd, stdio: ["pipe", "pipe", "pipe"] });
  const program = new Program(file, child);
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (printed += text));
  const ended = once(child, "close");
  return {
    child,
    printed: () => printed,
    ended,
    async [Symbol.asyncDispose]() {
      await program.end();
      await ended;
    },
  };
}

function onlyChildOf({ pid }: { readonly pid?: number | undefined }): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  assert.match(children, /^\d+ $/u);
  return Number(children);
}

describe("the command", () => {
  it("C16: as first process of a container, ends by SIGTERM while it starts", { skip: withoutNamespaces }, async () => {
    const cwd = folder({
      "app.mjs": "console.log('loading'); await new Promise((resolve) => setTimeout(resolve, 1e6));",
    });
    await using container = spawned(
      "unshare",
      [...NAMESPACE, "--kill-child", ...commandLine(["app.mjs", ...LOOPBACK])],
      cwd,
    );
    await until(60_000, `a start; ${container.printed()}`, () => container.printed().includes("loading"));

    process.kill(onlyChildOf(container.child), "SIGTERM");
    await container.ended;

    assert.equal(container.child.exitCode, 128 + 15);
  });

  it("ends as by SIGTERM when its terminal is closed", { skip: withoutScript }, async () => {
    const cwd = folder({
      "app.mjs": `
        const hungUp = new Promise((resolve) => process.on("SIGHUP", resolve));
        export default async () => (console.log("called"), await hungUp, new Response("fine"));`,
    });
    const line = commandLine(["app.mjs", ...LOOPBACK]).map((part) => `'${part}'`);
    await using terminal = spawned("script", ["-qefc", `exec ${line.join(" ")}`, "/dev/null"], cwd);
    const url = (): string | undefined => /http:\/\/[\w.]+:\d+/u.exec(terminal.printed())?.[0];
    await until(60_000, `an address; ${terminal.printed()}`, () => url() !== undefined);
    const answer = fetch(url() ?? "", { signal: AbortSignal.timeout(20_000) });
    await until(20_000, "the request", () => terminal.printed().includes("called"));

    process.kill(onlyChildOf(terminal.child), "SIGHUP");

    assert.equal(await (await answer).text(), "fine");
    await terminal.ended;
    assert.equal(terminal.child.exitCode, 0);
  });

  it("goes on when nobody reads what its app says on stderr", async () => {
    const cwd = folder({
      "app.mjs": "export default () => (process.stderr.write('something\\n'), new Response('fine'));",
    });
    await using command = start(["app.mjs", ...LOOPBACK], { cwd });
    const url = await listening(command);

    command.child.stderr.destroy();
    for (let i = 0; i < 3; i++) assert.equal(await (await fetch(url)).text(), "fine");
    command.child.kill("SIGTERM");

    assert.equal((await command.ended).code, 0);
  });
});
