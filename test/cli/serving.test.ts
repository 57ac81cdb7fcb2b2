// Does the command serve, and with which output and exit code does it end?

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { once } from "node:events";
import { describe, it } from "node:test";
import { freePort } from "../support/ports.ts";
import { until } from "../support/waiting.ts";
import { folder, listening, run, start } from "./command.ts";

const LOOPBACK = ["--host", "127.0.0.1", "--port", "0"];
const HELLO = { "app.mjs": "export default (request) => new Response(`hello ${new URL(request.url).pathname}`)" };

const text = async (url: string): Promise<string> => await (await fetch(url)).text();

describe("easyserver <app>", () => {
  it("serves, prints the real port, and stops with 0 on SIGTERM", async () => {
    await using command = start(["app.mjs", ...LOOPBACK], { cwd: folder(HELLO) });
    const url = await listening(command);

    assert.doesNotMatch(url, /:0$/);
    assert.equal(await text(`${url}/a`), "hello /a");
    await until(5000, "an access line", () => /GET \/a 200/.test(command.stdout()));
    command.child.kill("SIGTERM");

    const { code, stderr } = await command.ended;
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  });

  it("D13: its banner has at most eight lines with engine, mode and time", async () => {
    await using command = start(["app.mjs", ...LOOPBACK], { cwd: folder(HELLO) });
    await listening(command);

    await until(5000, "the whole banner", () => command.stdout().includes("Mode:"));
    assert.match(command.stdout(), /^easyserver \d+\.\d+\.\d+ ready in \d+ ms\n {2}Local: {3}http/);
    assert.match(command.stdout(), /\n {2}Engine: {2}(uws|node) \S+\n/);
    assert.ok(command.stdout().split("\n").length <= 9);
  });

  it("D13: in production without a terminal, everything on stdout is JSON lines", async () => {
    const place = { cwd: folder(HELLO), env: { NODE_ENV: "production" } };
    await using command = start(["app.mjs", ...LOOPBACK], place);
    const url = await listening(command);
    await text(`${url}/a?b=c`);
    command.child.kill("SIGINT");

    const { stdout, code } = await command.ended;
    const lines = stdout.trimEnd().split("\n");
    const [first, second] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.equal(code, 0);
    assert.equal(lines.length, 2);
    assert.equal(first?.["event"], "listening");
    assert.equal(first["url"], url);
    assert.deepEqual([second?.["method"], second?.["target"], second?.["status"]], ["GET", "/a?b=c", 200]);
  });

  for (const [mode, set, expected] of [
    ["production", undefined, "production"],
    ["production", "staging", "staging"],
    ["development", undefined, "undefined"],
  ] as const) {
    it(`--mode ${mode} with NODE_ENV ${set ?? "unset"} gives the app NODE_ENV ${expected}`, async () => {
      const app = { "app.mjs": "const seen = String(process.env.NODE_ENV);\nexport default () => new Response(seen);" };
      const place = { cwd: folder(app), env: set === undefined ? {} : { NODE_ENV: set } };
      await using command = start(["app.mjs", "--mode", mode, ...LOOPBACK], place);

      assert.equal(await text(await listening(command)), expected);
    });
  }

  it("says of a (req, res) listener how it is served", async () => {
    const app = { "app.mjs": 'export default (req, res) => res.writeHead(200).end("hello");' };
    await using command = start(["app.mjs", ...LOOPBACK], { cwd: folder(app) });
    const { status } = await fetch(await listening(command));
    await until(5000, "the hint", () => command.stderr().includes("served by --as node"));

    assert.equal(status, 500);
    await using other = start(["app.mjs", "--as", "node", ...LOOPBACK], { cwd: folder(app) });
    assert.equal(await text(await listening(other)), "hello");
  });

  it("--quiet removes the banner", async () => {
    const port = await freePort();
    const parameters = ["app.mjs", "--host", "127.0.0.1", "--port", String(port), "--quiet", "--log", "off"];
    await using command = start(parameters, { cwd: folder(HELLO) });
    const reachable = async (): Promise<boolean> => await fetch(`http://127.0.0.1:${port}/`).then(Boolean, () => false);
    while (command.child.exitCode === null && !(await reachable()));
    command.child.kill("SIGTERM");

    assert.deepEqual(await command.ended, { code: 0, stdout: "", stderr: "" });
  });

  it("serves a folder of files with --static alone", async () => {
    await using command = start(["--static", "./public", ...LOOPBACK], {
      cwd: folder({ "public/index.html": "<h1>hi</h1>" }),
    });

    assert.equal(await text(await listening(command)), "<h1>hi</h1>");
  });

  it("takes its settings from a file, variables and flags, in this order", async () => {
    const config = 'export default ({ mode }) => ({ mode, static: { "/s": "public" }, port: 1, engine: "uws" })';
    const cwd = folder({ "easyserver.config.mjs": config, "public/a.txt": "A", ...HELLO });
    const env = { EASYSERVER_ENGINE: "node", HOST: "127.0.0.1", PORT: "2" };
    await using command = start(["app.mjs", "-p0"], { cwd, env });
    const url = await listening(command);

    assert.equal(await text(`${url}/s/a.txt`), "A");
    assert.equal(await text(`${url}/x`), "hello /x");
    assert.match(command.stdout(), /Engine: {2}node /);
  });

  it("exits with 3 when requests had to be cut", async () => {
    const app = "export default () => { process.stdout.write('asked'); return new Promise(() => {}) }";
    const parameters = ["app.mjs", ...LOOPBACK, "--shutdown-ms", "50", "--log", "off"];
    await using command = start(parameters, { cwd: folder({ "app.mjs": app }) });
    const cut = assert.rejects(fetch(await listening(command)));
    await until(5000, "the request", () => command.stdout().includes("asked"));
    command.child.kill("SIGTERM");

    assert.equal((await command.ended).code, 3);
    await cut;
  });

  it("is not kept alive by what the app left open", async () => {
    const app = { "app.mjs": `setInterval(() => {}, 1000); ${HELLO["app.mjs"]}` };
    await using command = start(["app.mjs", ...LOOPBACK], { cwd: folder(app) });
    await listening(command);
    command.child.kill("SIGTERM");

    assert.equal((await command.ended).code, 0);
  });
});

describe("easyserver without a server", () => {
  it("D9: prints help and exits with 0", async () => {
    const { code, stdout, stderr } = await run(["--help"]);

    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^Usage: easyserver/);
  });

  it("D9: prints the versions of easyserver, Node and the engine", async () => {
    const { code, stdout } = await run(["--version"]);

    assert.equal(code, 0);
    assert.match(stdout, /^easyserver \d+\.\d+\.\d+\nnode \d+\.\d+\.\d+\nengine (uws|node) \d+\.\d+\.\d+\n/);
    assert.ok(stdout.includes(`node ${process.versions.node}\n`));
  });

  it("D9: shows the short help on stderr and exits with 2 when there is nothing to serve", async () => {
    const { code, stdout, stderr } = await run([], { cwd: folder({}) });

    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /^Usage: easyserver \[app\]/);
  });

  it("D10: exits with 2 for wrong flags, variables and files, before anything of the app runs", async () => {
    const cwd = folder({ "app.mjs": "process.stdout.write('ran')", "bad.json": '{"prot":1}' });

    for (const [parameters, env, pattern] of [
      [["app.mjs", "--prot", "1"], {}, /"--prot" is not a flag\. Did you mean --port\?\nhint: easyserver --help/],
      [["app.mjs"], { PORT: "x" }, /^easyserver: PORT is "x"; it must be /],
      [["app.mjs", "--config", "bad.json"], {}, /"prot" in bad\.json is not a setting\. Did you mean "port"\?/],
      [["gone.mjs"], {}, /The app "gone\.mjs" does not exist/],
      [["--static", "./gone", ...LOOPBACK], {}, /gone/],
    ] as const) {
      const { code, stdout, stderr } = await run(parameters, { cwd, env });
      assert.deepEqual([code, stdout], [2, ""], stderr);
      assert.match(stderr, pattern);
      assert.doesNotMatch(stderr, /\n {4}at /);
    }
  });

  it("D10: exits with 1 when the app fails, with its stack", async () => {
    const { code, stderr } = await run(["app.mjs", ...LOOPBACK], { cwd: folder({ "app.mjs": "null.x" }) });

    assert.equal(code, 1);
    assert.match(stderr, /^easyserver: "app\.mjs" could not be loaded: .*\nTypeError: .*\n\s+at file:.*app\.mjs:1/);
  });

  it("D10: exits with 1 when the port is taken, says what to do, and waits for nothing of the app", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    try {
      const { port } = taken.address() as { port: number };
      const parameters = ["app.mjs", "--host", "127.0.0.1", "--port", String(port)];
      const open = { "app.mjs": `setInterval(() => {}, 1000); ${HELLO["app.mjs"]}` };
      const { code, stdout, stderr } = await run(parameters, { cwd: folder(open) });

      assert.deepEqual([code, stdout], [1, ""]);
      const owner = `\\w+ \\(process ${process.pid}\\)`;
      assert.match(
        stderr,
        new RegExp(
          `^easyserver: EADDRINUSE: ${owner} already listens on .*:${port}\\. Stop it, .* another port: --port\\.\n$`,
        ),
      );
      assert.doesNotMatch(stderr, /\n {4}at /);
      const debugged = await run([...parameters, "--debug"], { cwd: folder(HELLO) });
      assert.match(debugged.stderr, /\n {4}at /);
    } finally {
      taken.close();
    }
  });
});
