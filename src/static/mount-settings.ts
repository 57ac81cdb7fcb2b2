// How is one directory served? The settings of a mount, checked and filled in. Types only: options/mount.ts makes them.

import type { Coding } from "../http/encoding.ts";

/** Where a page application answers for paths that are no files (A36). */
export interface SpaSettings {
  /** The file, below the directory. */
  readonly file: string;
  /** URL prefixes that stay 404: those of an API. `/.well-known` is always one of them. */
  readonly except: readonly string[];
}

/** The settings of one directory. What each one means to a user stands at `MountOptions`. */
export interface MountSettings {
  readonly dir: string;
  /** Names tried in turn for a directory; empty for none. */
  readonly index: readonly string[];
  readonly spa: SpaSettings | false;
  /** Matched against the path below the mount, without its first slash. */
  readonly immutable: RegExp | false;
  /** 0 makes browsers ask each time. */
  readonly maxAgeMs: number;
  readonly dotfiles: "deny" | "allow";
  /** A list is `inside` with further directories that links may lead to. */
  readonly symlinks: "inside" | "follow" | "deny" | readonly string[];
  /** Without dots. */
  readonly extensions: readonly string[];
  readonly precompressed: readonly Coding[];
  readonly listing: boolean;
  /** A file below the directory. */
  readonly notFound: string | false;
  readonly fallthrough: boolean | "auto";
  readonly etag: "stat" | "hash" | false;
  /** Checked names in lower case, and values. */
  readonly headers: Readonly<Record<string, string>>;
}
