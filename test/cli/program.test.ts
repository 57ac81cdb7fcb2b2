// Programs that open a port by themselves, given to the command as they are.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { freePort } from "../support/ports.ts";
import { until } from "../support/waiting.ts";
import { folder, listening, run, type Running, start } from "./command.ts";

const LOOPBACK = ["--host", "127.0.0.1", "--port", "0", "--log", "off"];
const HELLO = "(request, response) => response.end(`hello ${request.url}`)";

const text = async (url: string): Promise<string> => await (await fetch(url)).text();

function begin(files: Readonly<Record<string, string>>, ...more: readonly string[]): Running {
  return start([...more, ...LOOPBACK], { cwd: folder(files) });
}

describe("a program that listens", () => {
  it("is served on our port, and believes that it is its own", async () => {
    const program = `
      const server = require("http").createServer(${HELLO}).listen(1, () => {
        console.log("told", JSON.stringify(server.address()), server.listening);
      });
      server.on("close", () => console.log("closed"));`;
    await using command = begin({ "a.cjs": program }, "a.cjs");
    const url = await listening(command);

    assert.equal(await text(`${url}/x`), "hello /x");
    const port = Number(new URL(url).port);
    const told = `told ${JSON.stringify({ address: "127.0.0.1", family: "IPv4", port })} true`;
    await until(5_000, "the callback", () => command.stdout().includes(told));
    command.child.kill("SIGTERM");
    const { code, stdout } = await command.ended;
    assert.equal(code, 0);
    assert.match(stdout, /closed/);
  });

  it("may wait for its port at the top of its module, and connect to something first", async () => {
    const program = `
      import { createServer } from "node:http";
      import { once } from "node:events";
      await new Promise((resolve) => setTimeout(resolve, 50));
      const server = createServer(${HELLO}).listen(1);
      await once(server, "listening");
      console.log("went on");`;
    await using command = begin({ "a.mjs": program }, "a.mjs");
    const url = await listening(command);

    assert.equal(await text(`${url}/x`), "hello /x");
    await until(5_000, "the rest of the module", () => command.stdout().includes("went on"));
  });

  it("goes before a bare function that it exports as handler, which is its listener", async () => {
    const program = `
      import { createServer } from "node:http";
      export const handler = ${HELLO};
      createServer(handler).listen(1);`;
    await using command = begin({ "a.mjs": program }, "a.mjs");

    assert.equal(await text(`${await listening(command)}/x`), "hello /x");
  });

  it("may do so only as the file that Node was started with, and sees no arguments of ours", async () => {
    const programs = {
      "a.cjs": `if (require.main === module) require("http").createServer(HELLO).listen(1, () => console.log("args", process.argv.length));`,
      "b.mjs": `
        import { createServer } from "node:http";
        import { fileURLToPath } from "node:url";
        export const start = () => createServer(HELLO).listen(1, () => console.log("args", process.argv.length));
        if (process.argv[1] === fileURLToPath(import.meta.url)) start();`,
    };
    for (const [name, program] of Object.entries(programs)) {
      await using command = begin({ [name]: program.replace("HELLO", HELLO) }, name);

      assert.equal(await text(`${await listening(command)}/x`), "hello /x");
      await until(5_000, "the callback", () => command.stdout().includes("args 2"));
    }
  });

  it("is found in a folder by its start script, which is said", async () => {
    const files = {
      "package.json": JSON.stringify({ scripts: { start: "node ./bin/www" } }),
      "bin/www": `require("http").createServer(${HELLO}).listen(process.env.PORT || 3000)`,
    };
    await using command = begin(files, ".");

    assert.equal(await text(`${await listening(command)}/x`), "hello /x");
    assert.equal(command.stderr(), "easyserver: found bin/www (start script of package.json)\n");
  });

  it("keeps another port for itself, and not a second server for the same one", async () => {
    const program = `
      const { createServer } = require("http");
      createServer(${HELLO}).listen(7_001, () => {
        createServer(() => {}).listen(7_001, () => console.log("second"));
        const admin = createServer((q, r) => r.end("admin")).listen(0, "127.0.0.1", () => console.log("admin=" + admin.address().port + ";"));
      });`;
    await using command = begin({ "a.cjs": program }, "a.cjs");
    const url = await listening(command);

    await until(5_000, "the others", () => /second[^]*admin=\d+;|admin=\d+;[^]*second/.test(command.stdout()));
    const port = /admin=(\d+);/.exec(command.stdout())?.[1];
    assert.equal(await text(`http://127.0.0.1:${port}/`), "admin");
    assert.equal(await text(`${url}/y`), "hello /y");
  });

  it("is known by the port that it was told, whatever its tools open before", async () => {
    const program = `
      const { createServer } = require("http");
      const own = (name, ...place) => {
        const server = createServer((request, response) => response.end(name));
        if (name === "exporter") server.unref();
        server.listen(...place, () => console.log(name + "=" + server.address().port + ";"));
      };
      own("upstream", 0, "127.0.0.1");
      own("exporter", 0);
      own("tool", { port: 0 });
      setTimeout(() => createServer(${HELLO}).listen(process.env.PORT), 20);`;
    const cwd = folder({ "a.cjs": program });
    await using command = start(["a.cjs", ...LOOPBACK], { cwd, env: { PORT: "7002" } });
    const url = await listening(command);

    assert.equal(await text(`${url}/x`), "hello /x");
    for (const name of ["upstream", "exporter", "tool"]) {
      await until(5_000, name, () => new RegExp(`${name}=\\d+;`).test(command.stdout()));
      const port = new RegExp(`${name}=(\\d+);`).exec(command.stdout())?.[1];
      assert.equal(await text(`http://127.0.0.1:${port}/`), name);
    }
    assert.equal(
      command.stderr(),
      "easyserver: the program also listens elsewhere, by itself; that is not what is served.\n",
    );
  });

  it("is told our port by PORT, and the first when none asks for that", async () => {
    const program = `require("http").createServer((request, response) => response.end(process.env.PORT)).listen(7_003)`;
    const cwd = folder({ "a.cjs": program });
    await using command = start(["a.cjs", "--host", "127.0.0.1", "--log", "off", "--port", String(await freePort())], {
      cwd,
    });
    const url = await listening(command);

    assert.equal(await text(url), new URL(url).port);
  });

  it("that exports a fetch app as well is served as that", async () => {
    const program = `
      import { createServer } from "node:http";
      createServer(${HELLO}).listen(1, () => console.log("told"));
      export default { fetch: () => new Response("by fetch") };`;
    await using command = begin({ "a.mjs": program }, "a.mjs");

    assert.equal(await text(await listening(command)), "by fetch");
  });

  it("that closes its server ends the command", async () => {
    const program = `
      const server = require("http").createServer((request, response) => {
        response.end("bye");
        server.close(() => console.log("closed"));
      }).listen(1);`;
    await using command = begin({ "a.cjs": program }, "a.cjs");

    assert.equal(await text(await listening(command)), "bye");
    const { code, stdout } = await command.ended;
    assert.equal(code, 0);
    assert.match(stdout, /closed/);
  });

  it("that has an end of its own gets the time for it", async () => {
    const program = `
      const server = require("http").createServer(${HELLO}).listen(1);
      process.on("SIGTERM", () => server.close(() => setTimeout(() => console.log("pool closed"), 300)));`;
    await using command = begin({ "a.cjs": program }, "a.cjs");
    await listening(command);
    command.child.kill("SIGTERM");

    const { code, stdout } = await command.ended;
    assert.equal(code, 0);
    assert.match(stdout, /pool closed/);
  });

  it("that fails later ends the process with its stack", async () => {
    const program = `
      import { createServer } from "node:http";
      const server = createServer(${HELLO}).listen(1);
      await new Promise((resolve) => server.once("listening", resolve));
      throw new Error("too late");`;
    await using command = begin({ "a.mjs": program }, "a.mjs");

    const { code, stderr } = await command.ended;
    assert.equal(code, 1);
    assert.match(stderr, /Error: too late\n\s+at .*a\.mjs:5/);
  });
});

describe("a module that neither exports an app nor listens", () => {
  it("is refused when nothing is left to do", async () => {
    const later = "setTimeout(() => {}, 50); export const x = 1";

    const { code, stderr } = await run(["a.mjs", ...LOOPBACK], { cwd: folder({ "a.mjs": later }) });

    assert.equal(code, 1);
    assert.match(
      stderr,
      /^easyserver: "a\.mjs" is no app: .* nor does it call listen\(\).* It exports x \(a number\)\.\n/,
    );
  });
});

describe("--as", () => {
  const node = { "a.mjs": `export default ${HELLO}` };

  it("node: a bare listener", async () => {
    await using command = begin(node, "a.mjs", "--as", "node");

    assert.equal(await text(`${await listening(command)}/x`), "hello /x");
  });

  it("fetch: what is exported, whatever listens", async () => {
    const files = {
      "a.mjs": 'import http from "node:http"; http.createServer().listen(1); export default () => new Response("mine")',
    };
    await using command = begin(files, "a.mjs", "--as=fetch");

    assert.equal(await text(await listening(command)), "mine");
  });

  it("refuses an app that is another, and words that it does not know", async () => {
    const cwd = folder({ "a.mjs": "export default { fetch: () => new Response() }" });

    const express = await run(["a.mjs", "--as", "express"], { cwd });
    const unknown = await run(["a.mjs", "--as", "exprss"], { cwd });

    assert.equal(express.code, 1);
    assert.match(express.stderr, /fromExpress\(\) takes what express\(\) returned/);
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /--as is "exprss".*Did you mean "?express/);
  });
});

describe("a folder with files alone", () => {
  it("is served at the root", async () => {
    await using command = begin({ "public/index.html": "<h1>hi</h1>" }, ".");

    assert.equal(await text(await listening(command)), "<h1>hi</h1>");
    assert.match(command.stderr(), /found the files of public/);
  });
});
