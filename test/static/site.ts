// A directory with files in it, and heads to ask for them with: what the tests of this folder share.

import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { readdirSync, readlinkSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Reply, RequestHead } from "../../src/engine/engine.ts";
import { type MountOptions, resolveMount } from "../../src/options/mount.ts";
import { createStatic, type StaticPhase, type StaticPhaseOptions } from "../../src/static/handler.ts";
import { openMounts, type Mount, type MountTable } from "../../src/static/mount.ts";

/** Stands in every file that lies outside the root. */
export const CANARY = "canary: this file is outside the root";

/** 2023-11-14T22:13:20Z, long settled. */
export const MODIFIED_MS = 1_700_000_000_000;
export const MODIFIED = "Tue, 14 Nov 2023 22:13:20 GMT";

/** A temporary directory `base` with `root` inside it; removed when disposed. */
export class Site implements AsyncDisposable {
  readonly base: string;
  readonly root: string;

  private constructor(base: string) {
    this.base = base;
    this.root = join(base, "root");
  }

  static async create(files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<Site> {
    const site = new Site(await mkdtemp(join(realpathSync(tmpdir()), "easyserver-static-")));
    await mkdir(site.root);
    for (const [name, content] of Object.entries(files)) await site.write(`root/${name}`, content);
    return site;
  }

  /** Writes below `base` and gives the file a settled modification time. */
  async write(name: string, content: string | Uint8Array): Promise<string> {
    const file = join(this.base, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    await utimes(file, MODIFIED_MS / 1000, MODIFIED_MS / 1000);
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.base, { recursive: true, force: true });
  }
}

/** Mounts by prefix, as `serve()` takes them. */
export type WrittenMounts = Readonly<Record<string, string | MountOptions>>;

/** The table that `serve()` makes of `mounts`. */
export function mountTable(mounts: WrittenMounts, isUploads = false): MountTable {
  const entries = Object.entries(mounts).map(([prefix, mount]) => [prefix, resolveMount(mount, prefix, isUploads)]);
  return Object.fromEntries(entries) as MountTable;
}

/** The static phase for `mounts`. */
export function phaseFor(
  mounts: WrittenMounts,
  options: Omit<StaticPhaseOptions, "uploads"> & { readonly uploads?: WrittenMounts },
): StaticPhase {
  const { uploads = {}, ...rest } = options;
  return createStatic(mountTable(mounts), { ...rest, uploads: mountTable(uploads, true) });
}

/** One directory at `/`. */
export function mountOf(options: string | MountOptions): Mount {
  return openMounts(mountTable({ "/": options }), {}, false)[0]!;
}

/** The head that an engine would make of this request. */
export function headOf(method: string, target: string, fields: Readonly<Record<string, string>> = {}): RequestHead {
  return {
    method,
    target,
    path: target.split("?", 1)[0] ?? "",
    scheme: "http",
    authority: "a.example",
    httpVersion: "1.1",
    fields: Object.entries({ host: "a.example", ...fields }).flat(),
    isConditional: Object.keys(fields).some((name) => name === "range" || name.startsWith("if-")),
    field: (name) => (name === "host" ? "a.example" : (fields[name] ?? null)),
  };
}

/** What a client would get. */
export interface Answer {
  readonly status: number;
  readonly fields: Readonly<Record<string, string>>;
  readonly text: string;
  readonly reply: Reply;
}

/** Asks, and reads the body to its end. @throws Error when the phase leaves the request to the next one. */
export async function ask(
  phase: StaticPhase,
  method: string,
  target: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const reply = await phase(headOf(method, target, fields));
  if (reply === null) throw new Error(`${method} ${target} was left to the next phase`);
  const text = Buffer.concat(await chunksOf(reply)).toString("latin1");
  return { status: reply.status, fields: fieldsOf(reply), text, reply };
}

export function fieldsOf(reply: Reply): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let i = 0; i < reply.fields.length; i += 2) {
    const name = reply.fields[i] ?? "";
    if (name in fields) throw new Error(`${name} is there twice`);
    fields[name] = reply.fields[i + 1] ?? "";
  }
  return fields;
}

export async function chunksOf({ body }: Reply): Promise<Uint8Array[]> {
  if (body === null) return [];
  if (typeof body === "string") return [Buffer.from(body)];
  if (body instanceof Uint8Array) return [body];
  const chunks: Uint8Array[] = [];
  for (let chunk = await body.next(); chunk !== null; chunk = await body.next()) chunks.push(chunk);
  return chunks;
}

/** How many descriptors this process holds on files below `directory`. */
export function openDescriptors(directory: string): number {
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(directory);
    } catch {
      return false;
    }
  }).length;
}

/** Root may read anything, so the check needs another user for a moment. Others are checked as they are. */
export async function asNobody(check: () => Promise<void>): Promise<void> {
  const user = process.geteuid?.() ?? 0;
  if (user === 0) process.seteuid?.(65_534);
  try {
    await check();
  } finally {
    if (user === 0) process.seteuid?.(user);
  }
}
