// Which tag and time does a file get: from its facts, or from its content?

import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import type { Validators } from "../http/conditional.ts";
import type { Coding } from "../http/encoding.ts";
import { tagSuffix } from "./entry.ts";
import { openFile } from "./file.ts";
import type { Mount } from "./mount.ts";
import { type FileVersion, isHonest, timeValidators } from "./version.ts";

/** A file whose time says nothing (container images, Nix) is read for its tag up to this size; a larger one gets none (A8). */
const HASHED_ANYWAY_BYTES = 2n * 1024n * 1024n;

const READ_BYTES = 256 * 1024;

/** Opens a real path, which shows that it may be read, and gives what it earned; `null` for what is no regular file. */
export async function validatorsOf(
  realFile: string,
  { settings }: Mount,
  nowMs: number,
  coding: Coding | null,
): Promise<{ readonly version: FileVersion; readonly validators: Validators } | null> {
  const opened = await openFile(realFile);
  if (opened === null) return null;
  const { handle, version } = opened;
  try {
    const validators = timeValidators(version, tagSuffix(coding), nowMs);
    if (settings.etag === false) return { version, validators: { ...validators, etag: null } };
    const isHashed = settings.etag === "hash" || (!isHonest(version) && version.size <= HASHED_ANYWAY_BYTES);
    return { version, validators: isHashed ? { ...validators, etag: await hashTag(handle) } : validators };
  } finally {
    await handle.close();
  }
}

/** A strong tag from the content: 126 bits of SHA-256. Contents differ between codings, and so do their tags (A25). */
async function hashTag(handle: FileHandle): Promise<string> {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  for (let position = 0; ;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
  return `"${hash.digest("base64url").slice(0, 21)}"`;
}
