// Which compressed forms of a file lie beside it, and may they speak for it?

import { realpath, stat } from "node:fs/promises";
import { basename } from "node:path";
import { type Coding, compareCodings } from "../http/encoding.ts";
import { type CodedVariant, sharedFields, Variant } from "./entry.ts";
import type { Mount } from "./mount.ts";
import { isServable } from "./mount.ts";
import { validatorsOf } from "./validators.ts";
import { type FileVersion, fileVersion, isOlder } from "./version.ts";

/** What a sidecar adds to the name of its file. */
export const EXTENSIONS: Readonly<Record<Coding, string>> = { br: ".br", gzip: ".gz", zstd: ".zst" };

/** A compressed form that is there. */
export interface Sidecar {
  readonly coding: Coding;
  readonly file: string;
  readonly version: FileVersion;
}

/** The file that `file` would be a sidecar of, or `null` when its name says that it is none. */
export function originalOf(file: string, { settings }: Mount): string | null {
  for (const coding of settings.precompressed) {
    const extension = EXTENSIONS[coding];
    if (file.endsWith(extension) && basename(file) !== extension) return file.slice(0, -extension.length);
  }
  return null;
}

/** The sidecars of `file` that are files and not older than it (A27). */
export async function sidecarsOf(
  file: string,
  version: FileVersion,
  { settings }: Mount,
  warn: (sentence: string) => void,
): Promise<readonly Sidecar[]> {
  const found = await Promise.all(
    settings.precompressed.map(async (coding): Promise<Sidecar | null> => {
      const sidecar = `${file}${EXTENSIONS[coding]}`;
      // Whatever is wrong with a sidecar, the file itself is there.
      const stats = await stat(sidecar, { bigint: true }).catch(() => null);
      if (stats?.isFile() !== true) return null;
      const found = { coding, file: sidecar, version: fileVersion(stats) };
      if (!isOlder(found.version, version)) return found;
      warn(`"${sidecar}" is older than "${file}" and is not sent. Compress it again: easyserver precompress.`);
      return null;
    }),
  );
  return found.filter((sidecar) => sidecar !== null);
}

/** Opens sidecars and makes variants of those that may be served and read. */
export async function toCodedVariants(
  sidecars: readonly Sidecar[],
  entry: { readonly name: string; readonly path: string; readonly mount: Mount; readonly nowMs: number },
): Promise<readonly CodedVariant[]> {
  const { name, path, mount, nowMs } = entry;
  const variants = await Promise.all(
    sidecars.map(async ({ coding, file }): Promise<CodedVariant | null> => {
      try {
        const realFile = await realpath(file);
        const read = isServable(realFile, file, mount) ? await validatorsOf(realFile, mount, nowMs, coding) : null;
        if (read === null) return null;
        const variant = new Variant({ file: realFile, ...read }, sharedFields(name, path, mount, coding));
        return { coding, sizeBytes: variant.sizeBytes, variant };
      } catch {
        // Not readable, or gone: the file itself is sent.
        return null;
      }
    }),
  );
  return variants.filter((variant) => variant !== null).toSorted(compareCodings);
}
