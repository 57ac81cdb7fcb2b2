// One set of certificates on the addon: an app that never listens, and lives as long as the connections it was given.

import { isIP } from "node:net";
import { TLS12_CIPHERS, TlsSite } from "../tls.ts";
import type { TlsPair } from "../engine.ts";
import { ServerNames } from "../../http/server-name.ts";
import type { ConnectionCap } from "./connection-cap.ts";
import { type PairFiles, withKeyFiles } from "./key-files.ts";
import type { NativeApp, NativeModule, NativeTlsOptions } from "./native.ts";

/**
 * Other spellings of a name are added when a client uses one, because the addon compares names letter by letter. Each costs
 * memory and two lines of the addon's on stdout, so strangers cannot have as many as they like.
 */
const MAX_SPELLINGS = 8;

/** Registers what answers on a router. `ended` has to be called for each connection that ends as a WebSocket. */
export type Route = (app: NativeApp, site: TlsSite, ended: () => void) => void;

/**
 * A child of the app that accepts connections. The first pair is the child's own certificate. Each name of the others gets a
 * router of its own inside the addon, which is why all of them are given the one route.
 *
 * Nothing is ever taken from a generation: a certificate's end is the end of its generation.
 */
export class Generation {
  readonly app: NativeApp;
  private readonly routeTo: Route;
  private socketEnded: () => void = () => {};
  private readonly names = new ServerNames<{ readonly pair: TlsPair; readonly site: TlsSite | null }>();
  private spellings = 0;
  private connections = 0;
  private isRetired = false;
  private onEmpty: (() => void) | null = null;

  constructor(native: NativeModule, pairs: readonly TlsPair[], cap: ConnectionCap, route: Route) {
    this.routeTo = route;
    const [first, ...others] = pairs as readonly [TlsPair, ...TlsPair[]];
    this.app = withKeyFiles(pairs, ([own, ...files]) => {
      const app = native.SSLApp(tlsOptions(own as PairFiles));
      this.route(app, new TlsSite(first, { version: null, cipher: null, serverName: null, alpn: null }));
      // What the default covers is shown to whoever asks for it anyway.
      for (const name of first.names) this.names.add(name, { pair: first, site: null });
      others.forEach((pair, index) => {
        for (const name of pair.names) this.addName(app, name, pair, files[index] as PairFiles);
      });
      return app;
    });
    this.socketEnded = cap.guard(this.app, (change) => this.count(change));
    this.app.missingServerName((name) => this.missing(name));
  }

  /** No connection comes any more; `onEmpty` is called when the last one has ended. */
  retire(onEmpty: () => void): void {
    this.isRetired = true;
    this.onEmpty = onEmpty;
    // Connections that were accepted in this turn of the loop are handed over in the next one.
    setImmediate(() => setImmediate(() => this.count(0)));
  }

  private count(change: number): void {
    this.connections += change;
    if (!this.isRetired || this.connections > 0) return;
    const { onEmpty } = this;
    this.onEmpty = null;
    onEmpty?.();
  }

  private route(app: NativeApp, site: TlsSite): void {
    this.routeTo(app, site, () => this.socketEnded());
  }

  private addName(app: NativeApp, name: string, pair: TlsPair, files: PairFiles): void {
    // Clients do not send addresses as server names (RFC 6066 section 3).
    if (isIP(name) !== 0) return;
    const serverName = name.startsWith("*.") ? null : name;
    const site = new TlsSite(pair, { version: null, cipher: null, serverName, alpn: null });
    if (this.names.add(name, { pair, site })) this.register(app, name, files, site);
  }

  private register(app: NativeApp, name: string, files: PairFiles, site: TlsSite): void {
    app.addServerName(name, tlsOptions(files));
    this.route(app.domain(name), site);
  }

  /** During a handshake, for a name that the addon does not know as it is spelled (RFC 6066 section 3: case is no difference). */
  private missing(name: string): void {
    const lower = name.toLowerCase();
    if (lower === name || this.spellings >= MAX_SPELLINGS) return;
    const known = this.names.find(lower);
    if (known === null || known.site === null) return;
    this.spellings++;
    const { pair, site } = known;
    const spelled = site.info.serverName === null ? `*${name.slice(name.indexOf("."))}` : name;
    try {
      withKeyFiles([pair], ([files]) => this.register(this.app, spelled, files as PairFiles, site));
    } catch {
      // No place for the files: this client is shown the default certificate, as for any unknown name.
    }
  }
}

/** The options of an app or name with these files. */
export function tlsOptions(files: PairFiles): NativeTlsOptions {
  return { ...files, ssl_ciphers: TLS12_CIPHERS };
}
