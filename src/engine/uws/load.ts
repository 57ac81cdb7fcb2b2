// Which build of uWebSockets.js can run here, and if none: exactly why not? The only file that names the addon.

import { createRequire } from "node:module";
import { join } from "node:path";

import type { NativeModule } from "./native.ts";

export type LoadedAddon =
  | { readonly native: NativeModule; readonly version: string; readonly reason: null }
  | { readonly native: null; readonly version: null; readonly reason: string };

/**
 * The newest build that loads: the user's own `uWebSockets.js` always wins, then the packaged builds, newest first.
 *
 * `headerBytes` sizes the parser's header buffer; the addon reads it when it loads, so the first call of a process decides.
 */
export function loadAddon(headerBytes: number): LoadedAddon {
  process.env["UWS_HTTP_MAX_HEADERS_SIZE"] ??= String(headerBytes);
  const failures: string[] = [];
  for (const { name, from } of candidates()) {
    const found = tryLoad(name, from, failures);
    if (found !== null) return found;
  }
  return { native: null, version: null, reason: explain(failures) };
}

function candidates(): { name: string; from: string }[] {
  const major = process.versions.node.split(".")[0];
  const platform = `@uwsjs/${process.platform}-${process.arch}-${major}`;
  const here = import.meta.url;
  return [
    { name: "uWebSockets.js", from: join(process.cwd(), "package.json") },
    { name: "uWebSockets.js", from: here },
    { name: platform, from: here },
    { name: `${platform}-compat`, from: here },
  ];
}

function tryLoad(name: string, from: string, failures: string[]): LoadedAddon | null {
  const require = createRequire(from);
  try {
    require.resolve(name);
  } catch {
    return null;
  }
  try {
    const native = require(name) as NativeModule;
    const { version } = require(`${name}/package.json`) as { version: string };
    // Switches the identity header off, for this thread's loop (clause H33).
    native._cfg("silent");
    return { native, version, reason: null };
  } catch (error) {
    failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

/** One sentence for the operator: what is in the way, and what to do about it. */
function explain(failures: readonly string[]): string {
  const platform = `${process.platform}-${process.arch}`;
  const glibc = runtimeGlibc();
  if (process.platform === "linux" && glibc === null) {
    return "this system uses musl and uWebSockets.js needs glibc: use a Debian or Ubuntu base image";
  }
  const wanted = /GLIBC_(\d+\.\d+)/.exec(failures.join("\n"))?.[1];
  if (wanted !== undefined) {
    return `this system has glibc ${glibc ?? "unknown"} and the build of uWebSockets.js for Node ${process.version} needs ${wanted}: use a newer distribution, or a Node version with an older build (20 or 22)`;
  }
  if (failures.length > 0) return `uWebSockets.js is installed but does not load (${failures.join("; ")})`;
  if (process.platform === "linux" && process.arch === "x64") {
    return `there is no packaged build of uWebSockets.js for Node ${process.version}, or optional dependencies were not installed: use Node 20, 22, 24 or 26 and run npm install without --omit=optional`;
  }
  return `there is no packaged build of uWebSockets.js for ${platform}: install upstream's own with "npm install uNetworking/uWebSockets.js#v20.51.0"`;
}

/** `null` on musl, and on systems that are not Linux. */
function runtimeGlibc(): string | null {
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return report?.header?.glibcVersionRuntime ?? null;
}
