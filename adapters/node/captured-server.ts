// Which server does a program open that calls `listen()` by itself? It is taken instead, and served like any other app.

import { Server } from "node:http";
import { listenNatively } from "./native-listen.ts";
import { portOf, takeServer } from "./taken-server.ts";

/** What a program that names another port first has to name the one that it was given: a tool's own server comes shortly before. */
const BETTER_WITHIN_MS = 250;

const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);

export interface Capture {
  /** The port that the program was told to open; what asks for it is the app, whatever came shortly before. */
  readonly port: number | null;
  /** The program's server, once. */
  found(server: Server): void;
  /** Another one opens this port by itself. */
  left(port: number | null): void;
}

/**
 * From now on the http.Server that a program is about opens no port, and is given to `found`: the one that asks for the given
 * port, else the first. Others for the same port, as Fastify makes for the second address of localhost, are the same door; those
 * for other ports listen as they would, and so does what only the program itself can reach, or does not wait for.
 */
export function captureServer(capture: Capture): void {
  const doors = new Doors(capture);
  function listen(this: Server, ...args: unknown[]): Server {
    return doors.open(this, args);
  }
  Object.defineProperty(Server.prototype, "listen", { value: listen, configurable: true, writable: true });
}

class Doors {
  private readonly capture: Capture;
  private first: Server | null = null;
  /** While `first` may yet turn out to be a tool of the program. */
  private waiting: NodeJS.Timeout | null = null;
  private firstArgs: readonly unknown[] = [];

  constructor(capture: Capture) {
    this.capture = capture;
  }

  open(server: Server, args: readonly unknown[]): Server {
    if (isAside(server, args)) return listenNatively(server, args);
    const port = portOf(args);
    const isMeant = this.capture.port === null || port === this.capture.port;
    if (this.first !== null && !takeServer(this.first).isSameDoor(port)) {
      if (this.waiting === null || !isMeant) return this.leave(server, args);
      this.leave(takeServer(this.first).release(), this.firstArgs);
      this.first = null;
    }
    const taken = takeServer(server);
    taken.listen(args);
    if (this.first === null) this.take(server, args, isMeant);
    else takeServer(this.first).lead(taken);
    return server;
  }

  private take(server: Server, args: readonly unknown[], isMeant: boolean): void {
    this.first = server;
    this.firstArgs = args;
    if (this.waiting !== null) clearTimeout(this.waiting);
    this.waiting = null;
    if (isMeant) return this.capture.found(server);
    this.waiting = setTimeout(() => {
      this.waiting = null;
      this.capture.found(server);
    }, BETTER_WITHIN_MS);
  }

  private leave(server: Server, args: readonly unknown[]): Server {
    this.capture.left(portOf(args));
    return listenNatively(server, args);
  }
}

/** A free port of the loopback device is nobody's but the program's, and nothing serves that the process does not stay for. */
function isAside(server: Server, args: readonly unknown[]): boolean {
  const [first, second] = args;
  const { port, host } = typeof first === "object" && first !== null ? (first as Place) : { port: first, host: second };
  const isOwn = Number(port) === 0 && port !== undefined && LOOPBACK.has(String(host));
  return isOwn || (server as { readonly _unref?: boolean })._unref === true;
}

interface Place {
  readonly port?: unknown;
  readonly host?: unknown;
}
