// The types of the settings on which folders are served: what a caller may say, and what the server sees of it. Apart from their declaration, so that
// the types of the package need no other package.

import type { MountOptions } from "./mount.ts";
import type { MountSettings } from "../static/mount-settings.ts";

/** Directories by URL prefix, each with or without options of its own. */
export type Mounts = Readonly<Record<string, string | MountOptions>>;

/** What `serve()` and a settings file take. */
export interface StaticOptions {
  /**
   * Folders to serve, by URL prefix: `{ "/assets": "./dist" }`, or with options, `{ "/": { dir: "./dist", spa: true } }`.
   * Relative to the working directory. Default `none`.
   *
   * Danger: everything in the folder is public.
   */
  static?: string | Mounts | undefined;
  /**
   * Folders of files that users have uploaded, by URL prefix. As `static`, and browsers run nothing in them: pages and SVG
   * are downloaded, links are not followed. Default `none`.
   *
   * Danger: everything in the folder is public.
   */
  media?: string | Mounts | undefined;
  /** How much memory each process may keep files in. Default `64mb`. Danger: 0 reads every file for every request. */
  staticCacheBytes?: number | string | undefined;
  /**
   * How long a changed file may go unnoticed; 0 looks for each request. Default `1s in production, 0 in development`.
   *
   * Danger: 0 costs a look at the disk for each request.
   */
  staticRevalidateMs?: number | string | undefined;
}

/** The same, checked and filled in. */
export interface ResolvedStaticOptions {
  readonly static: Readonly<Record<string, MountSettings>>;
  readonly media: Readonly<Record<string, MountSettings>>;
  readonly staticCacheBytes: number;
  readonly staticRevalidateMs: number;
}
