// Does a server of several processes start, stop, and lose none of them for long?

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { adopt } from "../../adapters/node.ts";
import { folder, run, start } from "../cli/command.ts";
import { INDEX, LOADER } from "../support/built.ts";
import { ENGINES } from "../support/engines.ts";
import { freePort } from "../support/ports.ts";
import { until } from "../support/waiting.ts";
import { APP, ask, isRunning, refuses, servingPids, startSeveral } from "./several.ts";

describe("a server with --workers 2", () => {
  for (const engine of ENGINES) {
    it(`C7: answers from two processes, says so once, and ends with what is in flight at SIGTERM [${engine}]`, async () => {
      await using server = await startSeveral(["--engine", engine]);
      const pids = await servingPids(server.url, 2);
      const inFlight = ask(`${server.url}/slow`);
      await until(5000, "the request to be there", () => server.command.stdout().includes("slow"));
      server.command.child.kill("SIGTERM");
      const { code, stdout, stderr } = await server.command.ended;

      assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
      assert.equal((await inFlight).version, "v1");
      assert.equal(stdout.match(/ready in/g)?.length, 1);
      assert.match(stdout, /Mode: +development, workers: 2\n/);
      assert.deepEqual([...pids].filter(isRunning), []);
    });
  }

  it("C7: ends at once at a second signal, with every worker", async () => {
    await using server = await startSeveral(["--shutdown-ms", "60s"]);
    const pids = await servingPids(server.url, 2);
    const cut = assert.rejects(ask(`${server.url}/endless`));
    await until(5000, "the request to be there", () => server.command.stdout().includes("endless"));
    server.command.child.kill("SIGTERM");
    await refuses(server.url);
    server.command.child.kill("SIGTERM");

    assert.equal((await server.command.ended).code, 3);
    await cut;
    await until(5000, "no worker", () => ![...pids].some(isRunning));
  });

  it("C12, C13, C14: replaces a worker that ends, then one that hangs, and takes both along when it is killed", async () => {
    await using server = await startSeveral(["--worker-hang-ms", "1500"]);
    const [gone = 0, other = 0] = await servingPids(server.url, 2);
    process.kill(gone, "SIGKILL");
    // Before that its port may still take a client whom its end resets.
    const ended = (count: number): boolean => server.command.stderr().split("a worker ended (SIGKILL)").length > count;
    await until(10_000, "the line about it", () => ended(1));
    const second = await servingPids(server.url, 2);
    assert.ok(second.has(other));
    assert.ok(!second.has(gone));

    await assert.rejects(ask(`${server.url}/compute`));
    assert.match(server.command.stderr(), /a worker has been silent for \d+ ms and is killed/);
    await until(10_000, "the line about that one", () => ended(2));
    const third = await servingPids(server.url, 2);
    assert.equal([...third].filter((pid) => second.has(pid)).length, 1);

    server.command.child.kill("SIGKILL");
    await until(10_000, "no worker", () => ![...third].some(isRunning));
  });

  it("lets a program that listens, and ends by signals, do both", async () => {
    const program = `
      import { createServer } from "node:http";
      const server = createServer((request, response) => response.end(process.pid + " v1"));
      server.listen(0);
      process.on("SIGTERM", () => server.close(() => { console.log("closed by itself"); process.exit(0); }));`;
    await using server = await startSeveral([], { "app.mjs": program });
    await servingPids(server.url, 2);
    server.command.child.kill("SIGTERM");
    const { code, stdout } = await server.command.ended;

    assert.equal(code, 0);
    assert.equal(stdout.match(/closed by itself/g)?.length, 2);
  });

  it("keeps on trying, ever more slowly, with an app that ends right after its start", async () => {
    const app = `${APP}\nsetTimeout(() => process.exit(9), 150);`;
    await using server = await startSeveral([], { "app.mjs": app });
    await until(20_000, "three ends", () => (server.command.stderr().match(/exit code 9/g)?.length ?? 0) >= 3);
    server.command.child.kill("SIGTERM");

    await server.command.ended;
  });
});

describe("a server with workers that cannot start", () => {
  it("says once what is wrong, and exits with 1", async () => {
    const cwd = folder({ "app.mjs": 'throw new Error("no database");' });
    const { code, stdout, stderr } = await run(["app.mjs", "--port", "0", "--workers", "2"], { cwd });

    assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
    assert.equal(stderr.match(/could not be loaded: no database/g)?.length, 1);
    assert.match(stderr, /A worker ended before it listened \(exit code 1\)\. It has said why\./);
  });

  it("C1: is refused a port that somebody else has, be it another server with workers", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    const { port } = holder.address() as { port: number };
    const place = { cwd: folder({ "app.mjs": APP }) };
    const taken = await run(["app.mjs", "--host", "127.0.0.1", "--port", String(port), "--workers", "2"], place);
    holder.close();
    await using server = await startSeveral();
    const second = await run(
      ["app.mjs", "--host", "127.0.0.1", "--port", new URL(server.url).port, "--workers", "2"],
      place,
    );

    for (const { code, stderr } of [taken, second]) {
      assert.equal(code, 1);
      assert.match(stderr, /EADDRINUSE: .* already listens on 127\.0\.0\.1:\d+/);
    }
  });

  it("names the setting, the value and what is allowed", async () => {
    const { code, stderr } = await run(["app.mjs", "--workers", "many"], { cwd: folder({ "app.mjs": APP }) });

    assert.equal(code, 2);
    assert.match(stderr, /--workers is "many"; it must be a whole number from 0 to 1024, auto or off\./);
  });
});

describe("serve() with workers", () => {
  it("runs the program once more for each, and gives the primary a server to close", async () => {
    const port = await freePort();
    const program = `
      import { serve } from ${JSON.stringify(INDEX)};
      import cluster from "node:cluster";
      const server = await serve(() => new Response(process.pid + " " + cluster.isWorker), {
        host: "127.0.0.1", port: ${port}, workers: 2, log: "off",
      });
      if (cluster.isPrimary) {
        console.log(server.url, server.workers);
        process.once("SIGUSR1", async () => { await server.close(); console.log("closed", (await server.closed).clean); });
      }`;
    await using command = start([], { cwd: folder({ "program.mjs": program }), node: [...LOADER, "program.mjs"] });
    await until(30_000, "its line", () => command.stdout().includes(`http://127.0.0.1:${port} 2`));
    await servingPids(`http://127.0.0.1:${port}`, 2);
    assert.equal((await ask(`http://127.0.0.1:${port}`)).version, "true");
    command.child.kill("SIGUSR1");

    const { code, stdout } = await command.ended;
    assert.equal(code, 0);
    assert.match(stdout, /closed true/);
  });

  it("is not for a program that opens its port itself", () => {
    process.env["EASYSERVER_WORKERS"] = "2";
    try {
      assert.throws(
        () => adopt(createHttpServer()).listen(0),
        /"workers" is 2, .* easyserver \.\/app\.js --workers 2\./,
      );
    } finally {
      delete process.env["EASYSERVER_WORKERS"];
    }
  });

  it("shares its port with its like in a cluster of somebody else's", async () => {
    const port = await freePort();
    const program = `
      import { serve } from ${JSON.stringify(INDEX)};
      import cluster from "node:cluster";
      if (cluster.isPrimary) for (const name of ["one", "two"]) cluster.fork();
      else {
        await serve(() => new Response(process.pid + " v1"), { host: "127.0.0.1", port: ${port}, log: "off" });
        console.log("listening");
      }`;
    await using command = start([], { cwd: folder({ "program.mjs": program }), node: [...LOADER, "program.mjs"] });
    await until(30_000, "both of them", () => command.stdout().split("listening").length > 2);
    const pids = await servingPids(`http://127.0.0.1:${port}`, 2);

    assert.ok(!pids.has(command.child.pid ?? 0));
  });
});
