// Files over real sockets: the same tests for each engine, in production and in development mode.

import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { type Server, serve, type ServeOptions } from "../../src/index.ts";
import { ENGINES, type EngineName } from "../support/engines.ts";
import { type Octets, RawClient } from "../support/raw-client.ts";
import type { RawResponse } from "../support/raw-response.ts";
import { Site } from "./site.ts";

export type Mode = "production" | "development";

export interface Way {
  readonly engine: EngineName;
  readonly mode: Mode;
}

export const WAYS: readonly Way[] = ENGINES.flatMap((engine) =>
  (["production", "development"] as const).map((mode) => ({ engine, mode })),
);

/** What a test describes: the files, and how they are served. */
export interface Setting {
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** More of the disk, before the server starts. */
  readonly prepare?: (site: Site) => Promise<void>;
  /** Default: the root at `/`, without an app. */
  readonly options?: (site: Site) => ServeOptions;
  /** The app behind. Default: none. */
  readonly app?: () => Response;
}

/** A server with files behind it. Only usable while the tests of its suite run. */
export class ServedSite {
  readonly way: Way;
  readonly setting: Setting;
  /** Sentences that the server warned with. */
  readonly warnings: string[] = [];
  #site: Site | null = null;
  #server: Server | null = null;

  constructor(way: Way, setting: Setting) {
    this.way = way;
    this.setting = setting;
  }

  get site(): Site {
    assert.ok(this.#site !== null, "the site exists");
    return this.#site;
  }

  get port(): number {
    assert.ok(this.#server !== null, "the server runs");
    return this.#server.port;
  }

  async start(): Promise<void> {
    const { files, prepare, options, app } = this.setting;
    this.#site = await Site.create(files);
    await prepare?.(this.#site);
    this.#server = await this.serve(options?.(this.#site) ?? { static: { "/": this.#site.root } }, app ?? null);
  }

  /** One more server for the same files. */
  serve(options: ServeOptions, app: (() => Response) | null = null): Promise<Server> {
    const logger: NonNullable<ServeOptions["logger"]> = {
      info: () => {},
      warn: (_facts: unknown, sentence?: string) => this.warnings.push(sentence ?? ""),
      error: () => {},
      child: () => logger,
    };
    return serve(app, {
      ...this.way,
      host: "127.0.0.1",
      port: 0,
      log: "off",
      handleSignals: false,
      logger,
      ...options,
    });
  }

  async stop(): Promise<void> {
    await this.#server?.close({ deadlineMs: 100 });
    await this.#site?.[Symbol.asyncDispose]();
  }

  connect(options?: { isPaused?: boolean }): Promise<RawClient> {
    return RawClient.connect(this.port, options);
  }

  /** One request on a connection of its own. */
  async ask(octets: Octets, isHead = false): Promise<RawResponse> {
    await using client = await this.connect();
    await client.send(octets);
    return await client.response({ isHead });
  }

  /** `fields` are lines such as `Range: bytes=0-4`. */
  get(target: string, ...fields: readonly string[]): Promise<RawResponse> {
    return this.ask(request("GET", target, fields));
  }

  head(target: string, ...fields: readonly string[]): Promise<RawResponse> {
    return this.ask(request("HEAD", target, fields), true);
  }

  async status(target: string, ...fields: readonly string[]): Promise<number> {
    return (await this.get(target, ...fields)).status;
  }

  /** The tag of what is sent for `target` with these fields. */
  async etag(target: string, ...fields: readonly string[]): Promise<string> {
    const etag = (await this.head(target, ...fields)).field("etag");
    assert.ok(etag !== null, `${target} has a tag`);
    return etag;
  }
}

export function request(method: string, target: string, fields: readonly string[] = []): string {
  return `${method} ${target} HTTP/1.1\r\nHost: a.example\r\n${fields.map((field) => `${field}\r\n`).join("")}\r\n`;
}

/** A suite for each way. Its server starts before the tests and ends after them. */
export function everyWay(subject: string, setting: Setting, tests: (served: ServedSite) => void): void {
  for (const way of WAYS) {
    describe(`${subject} [${way.engine}, ${way.mode}]`, () => {
      const served = new ServedSite(way, setting);
      before(() => served.start());
      after(() => served.stop());
      tests(served);
    });
  }
}
