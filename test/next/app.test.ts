// Does a built Next app answer alike on `next start`, on easyserver with both engines, and as a standalone program of Next's?
// And does a real browser find its way through it?

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { join } from "node:path";
import { differenceOf } from "../parity/judge.ts";
import { type Protocol, protocolOf } from "../parity/protocol.ts";
import { Recorder } from "../parity/recorder.ts";
import { ROOT } from "../package/source-tree.ts";
import { NO_CHROMIUM } from "../support/chromium.ts";
import { until } from "../support/waiting.ts";
import { DEVIATIONS, type DeviationsOf, exampleProbe, withoutNumbers } from "./example-probe.ts";
import {
  build,
  type Project,
  projectFrom,
  startCommand,
  startNext,
  startOurs,
  startStandalone,
  type Started,
  startWatched,
} from "./project.ts";
import { walk } from "./walk.ts";

const STANDALONE = `export default { output: "standalone", images: { formats: ["image/webp"] } };\n`;

/** The proxy of the example leaves its first page out, so that this page is Next's alone. */
const PROXY = (text: string): string => text.replace(').*)"]', ').+)"]');

/** What `after()` is given waits for a file. */
const AFTER = `
  import { access } from "node:fs/promises";
  import { join } from "node:path";
  import { after } from "next/server";

  export const dynamic = "force-dynamic";

  export function GET() {
    after(async () => {
      console.log("after: begun");
      const isThere = () => access(join(process.cwd(), "go")).then(() => true, () => false);
      while (!(await isThere())) await new Promise((resolve) => setTimeout(resolve, 10));
      console.log("after: done");
    });
    const { waitUntil } = globalThis[Symbol.for("@next/request-context")]?.get() ?? {};
    return new Response(typeof waitUntil === "function" ? "answered" : "answered without waitUntil");
  }
`;

describe("the Next example, built", () => {
  let project: Project;
  let expected: Protocol;

  before(async () => {
    project = await projectFrom(join(ROOT, "examples/next"), {
      "next.config.js": STANDALONE,
      "app/api/after/route.js": AFTER,
      "proxy.js": PROXY(await readFile(join(ROOT, "examples/next/proxy.js"), "utf8")),
    });
    await build(project);
    await using server = await startNext(project);
    expected = await answers(server);
  });
  after(() => project[Symbol.asyncDispose]());

  it("answers as next start does, but for what is listed, by the command in its folder", async () => {
    await using server = await startCommand(project, "--mode", "production");

    compare(await answers(server), DEVIATIONS.uws);

    assert.match(server.output(), /found a Next project \(next\.config\.js\)/u);
    assert.equal(await server.stop(), 0, server.output());
  });

  it("answers so, too, from a server file of its own on the node engine", async () => {
    await using server = await startOurs(project, "node");

    compare(await answers(server), DEVIATIONS.node);

    assert.equal(await server.stop(), 0, server.output());
  });

  it("answers so, too, when the standalone program that Next makes is started with easyserver/register", async () => {
    await using server = await startStandalone(project);

    compare(await answers(server), DEVIATIONS.standalone);
  });

  it("D9: runs what after() was given when the answer is out, and a stop waits for it", async () => {
    await using server = await startCommand(project, "--mode", "production");
    const url = `http://127.0.0.1:${server.port}/api/after`;

    assert.equal(await (await fetch(url)).text(), "answered");
    await until(10_000, "the callback", () => server.output().includes("after: begun"));
    const stopped = server.stop();
    while (await fetch(url).then(Boolean, () => false));
    assert.ok(!server.output().includes("after: done"), server.output());
    await writeFile(join(project.folder, "go"), "");

    assert.equal(await stopped, 0, server.output());
    assert.match(server.output(), /after: done/);
  });

  it("keeps the contract under the linter, where it is an app like any other", async () => {
    await using server = await startWatched(project);

    await answers(server);

    assert.equal(await server.stop(), 0, server.output());
    // Next's own: its answer to a method that a route handler does not have names none that it has.
    assert.deepEqual(server.output().match(/VIOLATION.*/gu), [
      "VIOLATION A10 (handler; DELETE /api/hello): A 405 has no allow. Add it: the client cannot go on without.",
    ]);
  });

  it(
    "shows itself whole to a browser: hydration, navigation, a form, a stream, an image",
    { skip: NO_CHROMIUM },
    async () => {
      await using server = await startOurs(project, "uws");

      assert.deepEqual(await walk(`http://127.0.0.1:${server.port}`), []);
    },
  );

  function compare(actual: Protocol, listed: DeviationsOf): void {
    const found: Record<string, string> = {};
    for (const [step, lines] of expected) {
      const difference = differenceOf(lines, actual.get(step) ?? []);
      if (difference !== "") found[step] = withoutNumbers(difference);
    }
    assert.deepEqual(found, listed);
  }
});

function answers(server: Started): Promise<Protocol> {
  return protocolOf(exampleProbe, server.port, new Recorder("light"));
}
