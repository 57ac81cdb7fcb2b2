// The hands of a case: connections to the host under test, and what the fixture there noted about them.

import type { Noted } from "./fixture/visit.ts";
import { get } from "./octets.ts";
import { type Octets, RawClient } from "./raw-client.ts";
import type { RawResponse } from "./raw-response.ts";
import { turn } from "./waiting.ts";

/** Where the host under test listens. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
}

/** The host does not take connections any more: nothing further can be judged. */
export class HostGone extends Error {}

const POLL_MS = 10;

/** Made for one case. Everything it connects is closed with it. */
export class Probe implements AsyncDisposable {
  readonly target: Target;
  /** Five octets that no other case of the run has. */
  readonly tag: string;
  /** How long to wait for what has to happen, in milliseconds. */
  readonly patienceMs: number;
  private readonly clients: RawClient[] = [];
  private control: RawClient | null = null;

  constructor(target: Target, tag: string, patienceMs: number) {
    this.target = target;
    this.tag = tag;
    this.patienceMs = patienceMs;
  }

  /** The path of a route of the fixture. */
  path(route: string): string {
    return `/${this.tag}/${route}`;
  }

  /** `get` of a route. */
  get(route: string, lines: readonly string[] = []): string {
    return get(this.path(route), lines);
  }

  /** A new connection. `isPaused` reads nothing before the first call that waits for bytes. */
  async connect(options: { isPaused?: boolean } = {}): Promise<RawClient> {
    const { port, ...target } = this.target;
    let client: RawClient;
    try {
      client = await RawClient.connect(port, { ...target, ...options });
    } catch (error) {
      throw new HostGone(`the host takes no connection: ${(error as Error).message}`);
    }
    this.clients.push(client);
    return client;
  }

  /** One request on a connection of its own. */
  async ask(octets: Octets, options: { isHead?: boolean } = {}): Promise<RawResponse> {
    const client = await this.connect();
    await client.send(octets);
    return client.finalResponse({ ...options, withinMs: this.patienceMs });
  }

  /** What the fixture noted, in order. Asked on another connection, which shows that the host still serves. */
  async notes(event?: string): Promise<Noted[]> {
    const all = JSON.parse(await this.controlled(`log/${this.tag}`)) as Noted[];
    return event === undefined ? all : all.filter((noted) => noted.event === event);
  }

  /** Paths behind the tag with which the handler was called. */
  async calls(): Promise<string[]> {
    return (await this.notes("call")).map(({ route }) => String(route));
  }

  /** Fulfils with the notes of `event` as soon as there are `count` of them. */
  async noted(event: string, count = 1, withinMs: number = this.patienceMs): Promise<Noted[]> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const found = await this.notes(event);
      if (found.length >= count) return found;
      if (performance.now() > deadline) {
        throw new Error(`"${event}" was noted ${found.length} times within ${withinMs} ms, expected ${count}`);
      }
      await turn(POLL_MS);
    }
  }

  /** Opens the gate that a route waits at, once more. */
  async release(): Promise<void> {
    await this.controlled(`release/${this.tag}`);
  }

  /** What the fixture says of where it runs. */
  async self(): Promise<{ runtime: string; contract: number | null; supports: string[]; url: string }> {
    return JSON.parse(await this.controlled("self")) as Awaited<ReturnType<Probe["self"]>>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.clients) client.leave();
  }

  private async controlled(what: string): Promise<string> {
    const { host, port } = this.target;
    const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
    for (let attempt = 1; ; attempt++) {
      if (this.control?.isOpen !== true) this.control = await this.connect();
      await this.control.send(`GET /__fsgi/${what} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
      try {
        const response = await this.control.response({ withinMs: Math.max(5_000, this.patienceMs) });
        if (response.status === 200) return response.text;
        throw new Error(`the fixture answered ${response.status} to /__fsgi/${what}: is it what this host serves?`);
      } catch (error) {
        // A kept connection may end between two questions.
        if (attempt === 2 || this.control.isOpen) throw error;
      }
    }
  }
}
