// How does a listener of the addon get new certificates without losing a connection?
//
// The app that listens never answers: it hands each connection to its child, which is the newest generation. A swap adds a
// child and takes the old one from the acceptor, while what is open there goes on. Taking a name from a live app instead
// frees memory that open connections still use, and the next request on one of them ends the process.

import { ServerError } from "../../errors.ts";
import type { TlsPair } from "../engine.ts";
import type { ConnectionCap } from "./connection-cap.ts";
import { Generation, type Route, tlsOptions } from "./generation.ts";
import { withKeyFiles } from "./key-files.ts";
import type { NativeApp, NativeDescriptor, NativeModule } from "./native.ts";

/** What a build must have for that. */
interface Acceptor extends NativeApp {
  addChildAppDescriptor(child: NativeDescriptor): NativeApp;
  removeChildAppDescriptor(child: NativeDescriptor): NativeApp;
  getDescriptor(): NativeDescriptor;
}

export class Certificates {
  /** What listens. Always a TLS app: one of each kind in a family ends the process. */
  readonly acceptor: NativeApp;
  private readonly native: NativeModule;
  private readonly cap: ConnectionCap;
  private readonly route: Route;
  private readonly family: Acceptor;
  private current: Generation;
  /** Replaced, with connections that are still open. */
  private readonly retired = new Set<Generation>();

  /** @throws ServerError `ERR_ENGINE_UNAVAILABLE` when this build cannot swap certificates safely */
  constructor(native: NativeModule, pairs: readonly TlsPair[], cap: ConnectionCap, route: Route) {
    this.native = native;
    this.cap = cap;
    this.route = route;
    // No client ever sees this app's certificate, since there is always a child.
    this.family = withKeyFiles(pairs.slice(0, 1), ([files]) => withChildren(native.SSLApp(tlsOptions(files!))));
    this.acceptor = this.family;
    this.current = this.adopt(pairs);
  }

  /** New connections get `pairs` from here on. Both steps happen in one turn, so there is never a moment without a child. */
  swap(pairs: readonly TlsPair[]): void {
    const old = this.current;
    this.current = this.adopt(pairs);
    this.family.removeChildAppDescriptor(withChildren(old.app).getDescriptor());
    this.retired.add(old);
    old.retire(() => this.retired.delete(old));
  }

  /** Cuts the connections of every generation. */
  close(): void {
    for (const generation of [this.current, ...this.retired]) generation.app.close();
    this.retired.clear();
  }

  private adopt(pairs: readonly TlsPair[]): Generation {
    const generation = new Generation(this.native, pairs, this.cap, this.route);
    this.family.addChildAppDescriptor(withChildren(generation.app).getDescriptor());
    return generation;
  }
}

function withChildren(app: NativeApp): Acceptor {
  if (app.removeChildAppDescriptor !== undefined) return app as Acceptor;
  throw new ServerError(
    "ERR_ENGINE_UNAVAILABLE",
    "This build of uWebSockets.js is too old to renew certificates: install 20.51 or newer, or use --engine node.",
  );
}
