// Does a Next app of each version answer as it does on its own `next start`? Installs the older ones into temporary folders.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, realpath, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { type DeviationsOf, withoutNumbers } from "../next/example-probe.ts";
import { DEVIATIONS_14, DEVIATIONS_15, DEVIATIONS_16, fixtureProbe } from "../next/fixture-probe.ts";
import { build, type Project, projectFrom, projectIn, startCommand, startNext, type Started } from "../next/project.ts";
import { ROOT } from "../package/source-tree.ts";
import { differenceOf } from "../parity/judge.ts";
import { type Protocol, protocolOf } from "../parity/protocol.ts";
import { Recorder } from "../parity/recorder.ts";

const FIXTURE = join(ROOT, "test/next/fixture");

/** Exact: another version is another answer. */
const OLDER: Readonly<Record<string, Version>> = {
  "Next 14": { packages: ["next@14.2.35", "react@18.3.1", "react-dom@18.3.1"], deviations: DEVIATIONS_14 },
  "Next 15": { packages: ["next@15.5.29", "react@19.2.0", "react-dom@19.2.0"], deviations: DEVIATIONS_15 },
};

interface Version {
  readonly packages: readonly string[];
  readonly deviations: DeviationsOf;
}

async function older(packages: readonly string[]): Promise<Project> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "easyserver-next-")));
  await cp(FIXTURE, folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true }));
  const quiet = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
  await promisify(execFile)("npm", ["install", ...quiet, ...packages], { cwd: folder });
  return projectIn(folder);
}

async function judge(project: Project, listed: DeviationsOf): Promise<void> {
  await build(project);
  const expected = await answers(project, startNext);
  const actual = await answers(project, (fresh) => startCommand(fresh, "--mode", "production"));

  const found: Record<string, string> = {};
  for (const [step, lines] of expected) {
    const difference = differenceOf(lines, actual.get(step) ?? []);
    if (difference !== "") found[step] = withoutNumbers(difference);
  }
  assert.deepEqual(found, listed);
}

/** From the build as it was: pages that Next makes in time are written into it, and their fields change with that. */
async function answers(project: Project, start: (fresh: Project) => Promise<Started>): Promise<Protocol> {
  const [built, kept] = [join(project.folder, ".next"), join(project.folder, ".kept")];
  await cp(built, kept, { recursive: true, preserveTimestamps: true });
  try {
    await using server = await start(project);
    return await protocolOf(fixtureProbe, server.port, new Recorder("light"));
  } finally {
    await rm(built, { recursive: true });
    await rename(kept, built);
  }
}

describe("a Next app with everything", { timeout: 600_000, concurrency: 2 }, () => {
  it("answers as next start does (Next 16)", async () => {
    await using project = await projectFrom(FIXTURE);
    await judge(project, DEVIATIONS_16);
  });

  for (const [name, { packages, deviations }] of Object.entries(OLDER)) {
    it(`answers as next start does (${name})`, async () => {
      await using project = await older(packages);
      await judge(project, deviations);
    });
  }
});
