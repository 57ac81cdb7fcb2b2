// Does what Nitro, SvelteKit, Astro and React Router build answer on easyserver as on their own servers? Each is installed and
// built in a temporary folder, as its user would.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import {
  ASTRO,
  type Framework,
  NITRO,
  probeOf,
  REACT_ROUTER,
  SVELTEKIT,
  type Way,
} from "../frameworks/built-outputs.ts";
import { withoutNumbers } from "../next/example-probe.ts";
import { ROOT } from "../package/source-tree.ts";
import { differenceOf } from "../parity/judge.ts";
import { type Protocol, protocolOf } from "../parity/protocol.ts";
import { Recorder } from "../parity/recorder.ts";
import { type Started, startExample } from "../support/example-process.ts";
import { freePort } from "../support/ports.ts";
import { Client } from "../websocket/client.ts";

type Variables = Readonly<Record<string, string>>;

const COMMAND = join(ROOT, "dist/src/cli/main.js");
const OUTPUTS = join(ROOT, "test/frameworks/outputs");
const LONGEST_MS = 300_000;

class Project implements AsyncDisposable {
  readonly #framework: Framework;
  readonly #folder: string;

  private constructor(framework: Framework, folder: string) {
    this.#framework = framework;
    this.#folder = folder;
  }

  static async built(framework: Framework): Promise<Project> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), `easyserver-${framework.folder}-`)));
    await cp(join(OUTPUTS, framework.folder), folder, { recursive: true });
    await cp(join(OUTPUTS, "pieces.js"), join(folder, "pieces.js"));
    await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
    const quiet = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
    await run("npm", ["install", ...quiet, ...framework.packages], folder);
    const project = new Project(framework, folder);
    await project.#build();
    return project;
  }

  async #build(variables: Variables = {}): Promise<void> {
    const [program = "", ...rest] = this.#framework.build;
    await run(join("node_modules/.bin", program), rest, this.#folder, { ...this.#framework.variables, ...variables });
  }

  async #start(parameters: readonly string[]): Promise<Started> {
    // Some take port 0 for their usual one.
    const port = await freePort();
    return startExample(parameters, this.#folder, { ...this.#framework.variables, PORT: String(port) });
  }

  startOurs(way: Way): Promise<Started> {
    return this.#start([COMMAND, ...way.easyserver, "--log", "off"]);
  }

  /** What differs, by step. */
  async differences(way: Way): Promise<Readonly<Record<string, string>>> {
    if (way.rebuiltWith !== undefined) await this.#build(way.rebuiltWith);
    await using theirs = await this.#start(way.node);
    const [expected, actual] = await Promise.all([answers(way, theirs), this.answers(way)]);
    const found: Record<string, string> = {};
    for (const [step, lines] of expected) {
      const difference = differenceOf(lines, actual.get(step) ?? []);
      if (difference !== "") found[step] = withoutTimes(withoutNumbers(difference));
    }
    return found;
  }

  /** Ours, which also has to say what it found, to have the files, and to stop. */
  async answers(way: Way): Promise<Protocol> {
    await using server = await this.startOurs(way);
    const protocol = await answers(way, server);
    for (const [path, content] of Object.entries(way.files ?? {})) {
      assert.equal(await (await fetch(`http://127.0.0.1:${server.port}${path}`)).text(), content);
    }
    assert.ok(server.output().includes(way.says ?? ""), server.output());
    assert.equal(await server.stop(), 0, server.output());
    return protocol;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function run(program: string, parameters: string[], cwd: string, variables: Variables = {}): Promise<void> {
  const env = { ...process.env, NODE_ENV: "production", ...variables };
  try {
    await promisify(execFile)(program, parameters, { cwd, env });
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    assert.fail(`${program} ${parameters.join(" ")} failed:\n${stdout}${stderr}`);
  }
}

async function answers({ steps }: Way, server: Started): Promise<Protocol> {
  return protocolOf(probeOf(steps), server.port, new Recorder("light"));
}

describe("a build answers as on its framework's own server, but for what is listed", { concurrency: 2 }, () => {
  it("Nitro", { timeout: LONGEST_MS }, async () => {
    await using project = await Project.built(NITRO);
    await speaks(project);
    for (const way of NITRO.ways) assert.deepEqual(await project.differences(way), way.deviations, way.name);
  });

  it("Astro", { timeout: LONGEST_MS }, async () => {
    await using project = await Project.built(ASTRO);
    for (const way of ASTRO.ways) assert.deepEqual(await project.differences(way), way.deviations, way.name);
  });

  it("React Router", { timeout: LONGEST_MS }, async () => {
    await using project = await Project.built(REACT_ROUTER);
    for (const way of REACT_ROUTER.ways) assert.deepEqual(await project.differences(way), way.deviations, way.name);
  });

  it("SvelteKit", { timeout: LONGEST_MS }, async () => {
    await using project = await Project.built(SVELTEKIT);
    for (const way of SVELTEKIT.ways) assert.deepEqual(await project.differences(way), way.deviations, way.name);
  });
});

/** Files are as old as the test. */
function withoutTimes(difference: string): string {
  return difference.replaceAll(/(etag: (?:W\/)?)"[^"]*"/gu, '$1"*"').replaceAll(/(last-modified: ).*/gu, "$1*");
}

/** Nitro's WebSockets, which it takes from its server's 'upgrade'. */
async function speaks(project: Project): Promise<void> {
  const [way] = NITRO.ways;
  assert.ok(way !== undefined);
  await using server = await project.startOurs(way);
  await using client = await Client.open(`ws://127.0.0.1:${server.port}/socket`);
  client.socket.send("a word");
  assert.equal((await client.message()).text, "heard a word");
}
