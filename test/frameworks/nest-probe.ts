// A Nest app of one version on one platform, as a probe of the parity suite.

import type { Server } from "node:http";
import type { Probe, Stage, Step } from "../parity/probe.ts";

export const VERSIONS = [10, 11, 12] as const;
export const PLATFORMS = ["express", "fastify"] as const;

type Platform = (typeof PLATFORMS)[number];

/** What the tests use of an application. */
export interface NestApplication {
  init(): Promise<unknown>;
  listen(port: number, hostname: string): Promise<unknown>;
  close(signal?: string): Promise<void>;
  getUrl(): Promise<string>;
  getHttpServer(): Server;
  getHttpAdapter(): { getType(): string };
  enableShutdownHooks(signals?: readonly string[]): unknown;
  enableVersioning(options: object): unknown;
  connectMicroservice(options: object): { unwrap(): Server };
  startAllMicroservices(): Promise<unknown>;
}

/** The packages of a version. */
export interface NestPackages {
  readonly core: { readonly NestFactory: { create(module: never, ...more: never[]): Promise<unknown> } };
  readonly fastify: { readonly FastifyAdapter: new () => object };
  readonly common: {
    readonly VersioningType: { readonly URI: number };
    Module(settings: object): (type: unknown) => void;
  };
  readonly express: object;
}

interface AppModule {
  readonly nestApp: (packages: NestPackages, platform: Platform, settings?: AppSettings) => Promise<NestApplication>;
  readonly nestModule: (packages: NestPackages, settings: AppSettings) => unknown;
}

interface AppSettings extends Partial<Pick<Stage, "folder" | "watcher">> {
  readonly note?: (line: string) => void;
}

export async function nestPackages(version: (typeof VERSIONS)[number]): Promise<NestPackages> {
  return (await import(new URL(`nest${version}/packages.js`, import.meta.url).href)) as NestPackages;
}

export async function nestAppModule(): Promise<AppModule> {
  return (await import(new URL("nest-app.js", import.meta.url).href)) as AppModule;
}

/** Fastify 5 answers these before any middleware: nothing is waited for that will not come. */
const UNSEEN: ReadonlySet<string> = new Set(["OPTIONS", "a preflight"]);

export async function nestProbe(version: (typeof VERSIONS)[number], platform: Platform): Promise<Probe> {
  const packages = await nestPackages(version);
  const { nestApp } = await nestAppModule();
  const { STEPS } = (await import(new URL("nest-steps.js", import.meta.url).href)) as {
    readonly STEPS: Readonly<Record<Platform, readonly Step[]>>;
  };
  const hasFastify5 = platform === "fastify" && version > 10;
  return {
    kind: "node",
    // A Nest app is no listener: the ways of its own know what to do with it.
    app: async ({ folder, watcher }) => (await nestApp(packages, platform, { folder, watcher })) as never,
    steps: STEPS[platform].map((step) => (hasFastify5 && UNSEEN.has(step.name) ? { ...step, exchanges: 0 } : step)),
  };
}
