// An http.Server object that opens no port: `serve()` has one already, and this object believes it to be its own. Loaded at every
// start of the command, so nothing of the bridge is needed here.

import { Server } from "node:http";
import type { Opened } from "../../src/internal.ts";
import { nodeError } from "./node-errors.ts";

type Done = (error?: Error) => void;

const taken = new WeakMap<Server, TakenServer>();

/** Takes `server`, which does not listen yet. Of one server there is one taking. */
export function takeServer(server: Server): TakenServer {
  let found = taken.get(server);
  if (found === undefined) taken.set(server, (found = new TakenServer(server)));
  return found;
}

export class TakenServer {
  readonly server: Server;
  /** The port is closing or closed: `close()` of the object waits for nothing more. */
  isStopping = false;
  /** The object's own `close()` began the end. */
  isClosing = false;
  private opened: Opened | null = null;
  private askedPort: number | null = null;
  private hasAsked = false;
  private hasEnded = false;
  private callback: (() => void) | null = null;
  private readonly replaced: readonly string[];
  private readonly followers: TakenServer[] = [];

  constructor(server: Server) {
    this.server = server;
    Object.defineProperty(server, "listening", { configurable: true, get: () => this.isListening });
    const itself = (): Server => server;
    const methods = {
      listen: (...args: unknown[]) => this.listen(args),
      close: (done?: Done) => this.close(done),
      address: () => (this.isListening ? this.opened?.address : null),
      closeIdleConnections: () => {},
      closeAllConnections: () => {},
      ref: itself,
      unref: itself,
    };
    for (const [name, value] of Object.entries(methods)) {
      Object.defineProperty(server, name, { value, configurable: true, writable: true });
    }
    this.replaced = ["listening", ...Object.keys(methods)];
  }

  /** Whether a `listen` for that port means the door that this server has already. */
  isSameDoor(port: number | null): boolean {
    return port !== null && port !== 0 && (port === this.askedPort || port === this.opened?.address.port);
  }

  /** The object becomes what it was. Only of one that has not been opened. */
  release(): Server {
    for (const name of this.replaced) Reflect.deleteProperty(this.server, name);
    const done = this.callback;
    if (done !== null) this.server.removeListener("listening", done);
    taken.delete(this.server);
    return this.server;
  }

  /** `other` opens and ends with this one. */
  lead(other: TakenServer): void {
    this.followers.push(other);
    if (this.opened !== null) other.open(this.opened);
  }

  listen(args: readonly unknown[]): Server {
    if (this.hasAsked && !this.hasEnded) {
      throw nodeError("ERR_SERVER_ALREADY_LISTEN", "Listen method has been called more than once without closing.");
    }
    this.hasAsked = true;
    this.askedPort = portOf(args);
    const done = args.at(-1);
    if (typeof done === "function") {
      this.callback = done as () => void;
      this.server.once("listening", this.callback);
    }
    if (this.opened !== null) this.announce();
    return this.server;
  }

  open(opened: Opened): void {
    this.opened = opened;
    if (this.hasAsked) this.announce();
    for (const follower of this.followers) follower.open(opened);
  }

  /** Says 'close', as a server does that has no connection left. */
  async end(): Promise<void> {
    this.isStopping = true;
    if (!this.hasEnded && this.hasAsked) {
      this.hasEnded = true;
      // Node's own close finds no socket, ends its timers and says 'close'.
      await new Promise<void>((resolve) => {
        this.server.once("close", resolve);
        Server.prototype.close.call(this.server);
      });
    }
    await Promise.all(this.followers.map((follower) => follower.end()));
  }

  private get isListening(): boolean {
    return this.hasAsked && this.opened !== null && !this.hasEnded;
  }

  private announce(): void {
    process.nextTick(() => {
      if (this.isListening) this.server.emit("listening");
    });
  }

  private close(done: Done | undefined): Server {
    const { server, opened } = this;
    if (!this.hasAsked || this.hasEnded) {
      const error = nodeError("ERR_SERVER_NOT_RUNNING", "Server is not running.");
      if (done !== undefined) process.nextTick(done, error);
      return server;
    }
    if (done !== undefined) server.once("close", done);
    if (this.isStopping || opened === null) void this.end();
    else {
      this.isClosing = true;
      // 'close' comes when that server has stopped, and with it this app.
      void opened.close();
    }
    return server;
  }
}

/** The port that `listen(…)` asks for, or `null`. */
export function portOf([first]: readonly unknown[]): number | null {
  const asked: unknown = typeof first === "object" && first !== null ? (first as { port?: unknown }).port : first;
  const port = typeof asked === "function" || asked === undefined || asked === null ? 0 : Number(asked);
  return Number.isInteger(port) ? port : null;
}
