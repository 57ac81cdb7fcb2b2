// Hands certificates to the addon, which reads files and nothing else.

import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServerError } from "../../errors.ts";
import type { TlsPair } from "../engine.ts";

/** Paths of one pair, in the names that the addon gives them. */
export interface PairFiles {
  readonly cert_file_name: string;
  readonly key_file_name: string;
}

/**
 * Calls `use` with files that exist only for the call: in a new folder that nobody else may enter, in memory where the
 * system has a place for that, so that no key is written to a disk.
 *
 * @throws ServerError `ERR_CERTIFICATE` when no folder can be written; what `use` throws
 */
export function withKeyFiles<Result>(pairs: readonly TlsPair[], use: (files: readonly PairFiles[]) => Result): Result {
  const folder = privateFolder();
  try {
    const files = pairs.map((pair, index) => {
      const paths = { cert_file_name: join(folder, `${index}.crt`), key_file_name: join(folder, `${index}.key`) };
      writeFileSync(paths.cert_file_name, pair.chainPem, { mode: 0o600 });
      writeFileSync(paths.key_file_name, pair.keyPem, { mode: 0o600 });
      return paths;
    });
    return use(files);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The user's own folder in memory, then the shared one, then whatever the system has for temporary files. */
function privateFolder(): string {
  const parents = [`/run/user/${process.geteuid?.() ?? -1}`, "/dev/shm", tmpdir()];
  let failure: unknown;
  for (const parent of parents) {
    try {
      if (statSync(parent).isDirectory()) return mkdtempSync(join(parent, "easyserver-"));
    } catch (error) {
      failure = error;
    }
  }
  throw new ServerError(
    "ERR_CERTIFICATE",
    `The engine reads keys from files, and none of ${parents.join(", ")} can be written: make one of them writable.`,
    { cause: failure },
  );
}
