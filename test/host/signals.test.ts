// H55: what do SIGTERM, SIGINT and SIGHUP do to a process that serves?

import assert from "node:assert/strict";
import { describe } from "node:test";
import { clause } from "../support/clause.ts";
import { get } from "../support/octets.ts";
import { Child } from "./child.ts";

/** Answers `/slow` when the process is told to. Something of the app's keeps the process alive, as a database would. */
const SLOW_APP = `
  const app = (name, hooks = {}) => ({
    async fetch(request, context) {
      if (context.target === "/fine") return new Response("fine");
      console.log("called " + name);
      if (context.target === "/never") await new Promise(() => {});
      await told;
      return new Response("slow " + name);
    },
    stop: (info) => console.log("stop " + name + " " + info.reason),
    ...hooks,
  });
  setInterval(() => {}, 1000);
`;

describe("a signal", () => {
  clause(
    "H55/signal",
    "lets the request in flight finish, runs stop(), and ends the process with 0",
    async (engine) => {
      for (const signal of ["SIGTERM", "SIGINT"] as const) {
        await using child = await Child.start(engine, `${SLOW_APP} listening(await serve(app("a"), options));`);
        await using client = await child.connect();
        await client.send(get("/slow"));
        await child.printed("called a");

        child.kill(signal);
        await child.refuses();
        child.tell();
        const response = await client.response();

        assert.deepEqual([response.status, response.text], [200, "slow a"]);
        assert.equal(response.field("connection")?.toLowerCase(), "close");
        const { code, stdout, stderr } = await child.ended();
        assert.deepEqual([code, stderr], [0, ""]);
        assert.equal(stdout.split("stop a signal").length, 2);
      }
    },
  );

  clause("H55/second", "a second one ends the process at once with 3", async (engine) => {
    await using child = await Child.start(engine, `${SLOW_APP} listening(await serve(app("a"), options));`);
    await using client = await child.connect();
    await client.send(get("/never"));
    await child.printed("called a");

    child.kill("SIGTERM");
    await child.refuses();
    child.kill("SIGINT");

    const { code, stdout } = await child.ended();
    assert.equal(code, 3);
    assert.ok(!stdout.includes("stop a"));
    await client.closed();
  });

  clause("H55/signal-cut", "ends the process with 3 when a request had to be cut", async (engine) => {
    const code = `${SLOW_APP} listening(await serve(app("a"), { ...options, shutdownMs: 50 }));`;
    await using child = await Child.start(engine, code);
    await using client = await child.connect();
    await client.send(get("/never"));
    await child.printed("called a");

    child.kill("SIGTERM");

    const { code: exit, stdout, stderr } = await child.ended();
    assert.equal(exit, 3);
    assert.equal(stdout.split("stop a signal").length, 2);
    assert.match(stderr, /1 requests/);
    await client.closed();
  });

  clause("H55/several", "waits for every server of the process", async (engine) => {
    const code = `${SLOW_APP}
      listening(await serve(app("a"), options));
      listening(await serve(app("b"), options));
      listening(await serve(app("c"), options));`;
    await using child = await Child.start(engine, code, 3);
    await using client = await child.connect(1);
    await client.send(get("/slow"));
    await child.printed("called b");

    child.kill("SIGTERM");
    for (const server of [0, 1, 2]) await child.refuses(server);
    await child.printed("stop c signal");
    child.tell();

    assert.equal((await client.response()).text, "slow b");
    const { code: exit, stdout } = await child.ended();
    assert.equal(exit, 0);
    for (const name of ["a", "b", "c"]) assert.equal(stdout.split(`stop ${name} signal`).length, 2, name);
  });

  clause("H55/several-cut", "is not clean when one of several servers was not", async (engine) => {
    const code = `${SLOW_APP}
      listening(await serve(app("a"), { ...options, shutdownMs: 50 }));
      listening(await serve(app("b"), options));`;
    await using child = await Child.start(engine, code, 2);
    await using client = await child.connect(0);
    await client.send(get("/never"));
    await child.printed("called a");

    child.kill("SIGTERM");

    assert.equal((await child.ended()).code, 3);
  });

  clause("H55/own", "is left to Node's default with handleSignals: false", async (engine) => {
    const code = `${SLOW_APP} listening(await serve(app("a"), { ...options, handleSignals: false }));`;
    await using child = await Child.start(engine, code);

    child.kill("SIGTERM");

    const { code: exit, signal, stdout } = await child.ended();
    assert.deepEqual([exit, signal], [null, "SIGTERM"]);
    assert.ok(!stdout.includes("stop"));
  });

  clause("H55/closed", "is left to Node's default again once the last server has been closed", async (engine) => {
    const code = `${SLOW_APP}
      const first = await serve(app("a"), options);
      const second = await serve(app("b"), options);
      await first.close();
      if (process.listenerCount("SIGTERM") !== 1) console.log("listeners: " + process.listenerCount("SIGTERM"));
      await second.close();
      listening(second);`;
    await using child = await Child.start(engine, code);

    child.kill("SIGTERM");

    const { code: exit, signal, stdout } = await child.ended();
    assert.deepEqual([exit, signal], [null, "SIGTERM"]);
    assert.ok(!stdout.includes("listeners:"), stdout);
    assert.equal(stdout.split("stop ").length, 3);
  });

  clause("H55/during", "during a close() of the app's own joins it", async (engine) => {
    const code = `${SLOW_APP}
      const server = await serve(app("a"), options);
      listening(server);
      process.on("SIGTERM", () => console.log("terminating"));
      process.on("SIGUSR2", () => void server.close());`;
    await using child = await Child.start(engine, code);
    await using client = await child.connect();
    await client.send(get("/slow"));
    await child.printed("called a");

    child.kill("SIGUSR2");
    await child.refuses();
    child.kill("SIGTERM");
    await child.printed("terminating");
    child.tell();

    assert.equal((await client.response()).text, "slow a");
    const { code: exit, stdout } = await child.ended();
    assert.equal(exit, 0);
    assert.equal(stdout.split("stop a").length, 2);
  });

  clause("H55/hang-up", "SIGHUP ends nothing where there is no terminal", async (engine) => {
    await using child = await Child.start(engine, `${SLOW_APP} listening(await serve(app("a"), options));`);
    await using client = await child.connect();
    await client.send(get("/slow"));
    await child.printed("called a");

    child.kill("SIGHUP");
    child.tell();

    assert.equal((await client.response()).text, "slow a");
    await client.send(get("/fine"));
    assert.equal((await client.response()).text, "fine");
    child.kill("SIGTERM");
    const { code, stderr } = await child.ended();
    assert.equal(code, 0);
    assert.match(stderr, /info SIGHUP: .*\n$/);
  });
});
