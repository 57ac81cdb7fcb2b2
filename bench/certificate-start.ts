// What does a start pay for certificates when nothing is due? As the package is built: in chunks, loaded when they are needed.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { directoryId, directoryUrl } from "../src/tls/acme/directory.ts";
import { readPair } from "../src/tls/pair.ts";
import { savePair } from "../src/tls/shelf.ts";
import { createFileStore } from "../src/tls/store-file.ts";
import { makePair } from "../test/support/certificates.ts";

const STARTS = 11;

interface Taken {
  readonly origin: string;
  readonly processorMs: number;
}

/** Processor time of the check, in milliseconds, of each of some starts. */
export async function certificateStarts(): Promise<readonly number[]> {
  const store = mkdtempSync(join(tmpdir(), "easyserver-bench-"));
  // Below the project, so that packages are found.
  const outdir = fileURLToPath(new URL(`../node_modules/.cache/easyserver-start-${process.pid}`, import.meta.url));
  try {
    await keepPair(store);
    const entry = fileURLToPath(new URL("certificate-check.ts", import.meta.url));
    const form = { bundle: true, splitting: true, platform: "node", format: "esm", packages: "external" } as const;
    buildSync({ ...form, entryPoints: [entry], outdir, logLevel: "error", minify: true });
    const settings = JSON.stringify({ domains: ["start.example"], store });
    return Array.from({ length: STARTS }, () => {
      const output = execFileSync(process.execPath, [join(outdir, "certificate-check.js"), settings]);
      const { origin, processorMs } = JSON.parse(output.toString()) as Taken;
      if (origin !== "acme") throw new Error(`The stored certificate was not taken: ${origin}.`);
      return processorMs;
    });
  } finally {
    rmSync(outdir, { recursive: true, force: true });
    rmSync(store, { recursive: true, force: true });
  }
}

async function keepPair(store: string): Promise<void> {
  const { chainPem, keyPem } = makePair(["start.example"], { days: 90 });
  const authority = directoryId(directoryUrl("letsencrypt") ?? "");
  const facts = { names: ["start.example"], obtained: Date.now(), onDemand: false, renewal: null };
  await savePair(createFileStore(store), "start.example", {
    authority,
    pair: readPair(chainPem, keyPem, "acme"),
    facts,
  });
}
