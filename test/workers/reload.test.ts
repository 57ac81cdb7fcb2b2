// Does a reload replace every worker without losing a request, and leave what worked where the new code does not?

import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePorts } from "../support/ports.ts";
import { until } from "../support/waiting.ts";
import { APP, ask, isRunning, type Reloaded, reloadUnderLoad, servingPids, startSeveral } from "./several.ts";

/** A network with nothing but a loopback, in which the setting that the documentation names may be changed. */
const SET_UP = 'ip link set lo up && echo 1 > /proc/sys/net/ipv4/tcp_migrate_req && exec "$@"';

/** Why there can be no such network here. In CI that is a failure. */
const withoutNetworks: string | false = (() => {
  if (spawnSync("unshare", ["--net", "sh", "-c", SET_UP, "sh", "true"]).status === 0) return false;
  const issue = "needs root, unshare, ip (Debian: apt-get install iproute2) and Linux 5.14";
  if (process.env["CI"] !== undefined) throw new Error(issue);
  return issue;
})();

function assertLossless({ answered, failures, version }: Reloaded): void {
  assert.deepEqual(failures, []);
  assert.ok(answered > 20, String(answered));
  assert.equal(version, "v2");
}

describe("SIGHUP to a server with workers", () => {
  it("C7, C11: replaces them one by one, with every request answered [uws]", { skip: withoutNetworks }, async () => {
    const program = fileURLToPath(new URL("migrating.ts", import.meta.url));
    const node = [process.execPath, "--import", import.meta.resolve("tsx"), program];
    const { stdout } = await promisify(execFile)("unshare", ["--net", "sh", "-c", SET_UP, "sh", ...node]);

    assertLossless(JSON.parse(stdout) as Reloaded);
  });

  it("C7, C11: replaces them one by one, with every request answered [node]", async () => {
    assertLossless(await reloadUnderLoad("node"));
  });

  it("leaves the old workers where the new code does not start", async () => {
    await using server = await startSeveral();
    const before = await servingPids(server.url, 2);
    writeFileSync(join(server.cwd, "app.mjs"), "export default 5;");
    server.command.child.kill("SIGUSR2");
    const line = /reload: a new worker ended before it listened \(exit code 1\); the old workers go on/;
    await until(20_000, "the line about it", () => line.test(server.command.stderr()));

    assert.ok([...before].every(isRunning));
    assert.ok(before.has((await ask(server.url)).pid));
  });

  it("takes port and number of workers from the settings file as it is now", async () => {
    const [first = 0, second = 0] = await freePorts(2);
    const settings = (workers: number, port: number): string =>
      JSON.stringify({ workers, host: "127.0.0.1", port, log: "off" });
    const files = { "app.mjs": APP, "easyserver.config.json": settings(1, first) };
    await using server = await startSeveral([], files, []);
    await servingPids(server.url, 1);
    writeFileSync(join(server.cwd, "easyserver.config.json"), settings(2, second));
    server.command.child.kill("SIGHUP");
    await until(20_000, "the reload", () => server.command.stderr().includes("reloaded: 1 workers"));

    await servingPids(`http://127.0.0.1:${second}`, 2);
  });
});
