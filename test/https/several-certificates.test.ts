// Several certificates on uWebSockets.js make the addon print lines of its own on stdout. Does the log stay readable for machines?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { folder, start } from "../cli/command.ts";
import { TlsClient } from "../support/tls-server.ts";
import { until } from "../support/waiting.ts";

/** What the addon says when it is shown a router, for each name after the first certificate's (docs/decisions/040). */
const OF_THE_ADDON = /^(?:finding|Browsed to SNI:|Cannot browse to SNI:) ?[\w.*-]*$/u;

describe("stdout with several certificates", () => {
  it("is one JSON object a line, and lines of the addon that begin with no brace [uws]", async () => {
    const cwd = folder({ "app.mjs": "export default () => new Response('ok');" });
    const names = ["a.localhost", "b.localhost", "*.c.localhost"];
    const ports = ["--https-port", "0", "--http-port", "off", "--host", "127.0.0.1"];
    const parameters = [
      "app.mjs",
      "--engine",
      "uws",
      "--store",
      "store",
      ...ports,
      ...names.flatMap((name) => ["--domain", name]),
    ];
    await using command = start(parameters, { cwd, env: { NODE_ENV: "production" } });
    const port = (): string | undefined => /"url":"https:\/\/[\w.]+:(\d+)"/u.exec(command.stdout())?.[1];
    await until(20_000, `a start; ${command.stderr()}`, () => port() !== undefined);
    for (const servername of ["a.localhost", "b.localhost", "B.localhost", "x.c.localhost"]) {
      await using client = await TlsClient.connect(Number(port()), { servername });
      for (let i = 0; i < 20; i++) assert.equal((await client.ask(servername)).status, 200);
    }
    command.child.kill("SIGTERM");
    const { code, stdout } = await command.ended;

    const lines = stdout.split("\n").filter((line) => line !== "");
    const foreign = lines.filter((line) => !line.startsWith("{"));
    const records = lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as { status?: number });
    assert.equal(code, 0);
    assert.equal(records.filter(({ status }) => status === 200).length, 80);
    for (const line of foreign) assert.match(line, OF_THE_ADDON);
    // Two for each of two names, and two for the spelling of a client; a build that prints none may stay silent.
    assert.ok(foreign.length <= 6, foreign.join("\n"));
  });
});
