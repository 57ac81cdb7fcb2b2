// A real browser: Debian's Chromium, without a window, that talks to this machine only.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";

// What we use of playwright-core. Its own types want those of a browser's documents, which no file of ours may see.

export interface Browser {
  newContext(options?: { readonly colorScheme?: "light" | "dark" }): Promise<BrowserContext>;
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

export interface BrowserContext {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

export interface Page {
  goto(url: string): Promise<unknown>;
  evaluate(script: string): Promise<unknown>;
  waitForFunction(script: string, argument: null, options: { readonly timeout: number }): Promise<JsHandle>;
  waitForLoadState(state: "networkidle"): Promise<void>;
  on(event: "console", heard: (message: { type(): string; text(): string }) => void): void;
  on(event: "pageerror", heard: (error: unknown) => void): void;
  on(event: "requestfailed", heard: (request: FailedRequest) => void): void;
  close(): Promise<void>;
}

interface JsHandle {
  jsonValue(): Promise<unknown>;
}

interface FailedRequest {
  url(): string;
  failure(): { readonly errorText: string } | null;
}

interface LaunchOptions {
  readonly executablePath: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly timeout: number;
}

interface Launcher {
  readonly chromium: { launch(options: LaunchOptions): Promise<Browser> };
}

const PROGRAM = "/usr/bin/chromium";

/** Why tests with a browser are skipped, or `false`. In CI a missing part is a failure instead. */
export const NO_CHROMIUM: string | false =
  existsSync(PROGRAM) || process.env["CI"] ? false : `${PROGRAM} is not installed (apt-get install chromium)`;

/** `home` is the folder whose trust store (`.pki/nssdb`) it looks at; the user's own when it is not given. */
export function startChromium(home?: string): Promise<Browser> {
  const { chromium } = createRequire(import.meta.url)("playwright-core") as Launcher;
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];
  return chromium.launch({
    executablePath: PROGRAM,
    timeout: 60_000,
    ...(home === undefined ? {} : { env: { ...process.env, HOME: home } }),
    // Root may not use the sandbox; nothing but our own pages is loaded.
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", ...quiet, "--autoplay-policy=no-user-gesture-required"],
  });
}
