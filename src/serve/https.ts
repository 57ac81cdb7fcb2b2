// Which addresses does a server listen on, and with which certificates? Puts a source of certificates, the redirect and the
// challenges together.

import type { Entrance, Host } from "../host/host.ts";
import { createChallengePhase } from "../host/challenge.ts";
import type { Phase } from "../host/dispatch.ts";
import { createRedirectPhase } from "../host/redirect.ts";
import { ServedNames } from "../host/served-names.ts";
import type { Logger } from "../log/logger.ts";
import { isPublicServer, portsOf } from "../options/https.ts";
import type { ResolvedOptions } from "../options/serve-options.ts";
import type { CertificatePair, CertificateSource } from "../tls/certificate.ts";

/** Where a server listens, and the setting that says so, as a flag. */
export type Address = Pick<Entrance, "host" | "port" | "portFlag">;

/** What a server is known by, and the plain port that leads there, where there is one. */
export function addressesOf(settings: ResolvedOptions): readonly [Address, Address?] {
  const { host } = settings;
  const [port = 0, plain] = portsOf(settings);
  const first = { host, port, portFlag: isPublicServer(settings) ? "--https-port" : "--port" };
  return plain === undefined ? [first] : [first, { host, port: plain, portFlag: "--http-port" }];
}

/** Plaintext: one address. */
export function plainEntrance(settings: ResolvedOptions, phases: readonly Phase[]): readonly [Entrance] {
  return [{ ...addressesOf(settings)[0], tls: null, replyFields: [], phases }];
}

/** TLS: an address with certificates that may change at any time, and the plain one that leads there. */
export class SecureFront {
  private readonly settings: ResolvedOptions;
  private readonly source: CertificateSource;
  private readonly logger: Logger;
  private pairs: readonly CertificatePair[] = [];
  /** The pairs that the host was opened with. */
  private listened: readonly CertificatePair[] = [];
  private readonly names = new ServedNames();
  private host: Host | null = null;
  private httpsPort = 0;

  private constructor(settings: ResolvedOptions, source: CertificateSource, logger: Logger) {
    this.settings = settings;
    this.source = source;
    this.logger = logger;
  }

  /** Gets the first certificates. @throws what the source throws when there are none */
  static async open(settings: ResolvedOptions, source: CertificateSource, logger: Logger): Promise<SecureFront> {
    const front = new SecureFront(settings, source, logger);
    source.onChange = (pairs) => front.change(pairs);
    const pairs = await source.start();
    // A change that came meanwhile is newer.
    if (front.pairs.length === 0) front.take(pairs);
    return front;
  }

  entrances(phases: readonly Phase[]): readonly [Entrance, ...Entrance[]] {
    const { hsts } = this.settings;
    this.listened = this.pairs;
    const replyFields = hsts === null ? [] : ["strict-transport-security", hsts];
    const [first, plain] = addressesOf(this.settings);
    const secure: Entrance = { ...first, tls: this.pairs, replyFields, phases };
    if (plain === undefined) return [secure];
    return [secure, { ...plain, tls: null, replyFields: [], phases: [...this.plainPhases(), ...phases] }];
  }

  /** The host listens: changes reach it from here on. */
  attach(host: Host): void {
    this.httpsPort = host.listeners[0].port;
    this.host = host;
    if (this.pairs !== this.listened) this.swap(this.pairs);
    this.source.listening?.();
  }

  /** Where to reach the server: by a name that its certificate covers. */
  get urls(): readonly string[] {
    const name =
      this.pairs.flatMap(({ names }) => names).find((candidate) => !candidate.startsWith("*.")) ?? "localhost";
    const host = name.includes(":") ? `[${name}]` : name;
    const [secure, plain] = this.host?.listeners ?? [];
    if (secure === undefined) return [];
    const https = `https://${host}${secure.port === 443 ? "" : `:${secure.port}`}`;
    return plain === undefined ? [https] : [https, `http://${host}${plain.port === 80 ? "" : `:${plain.port}`}`];
  }

  /** Looks at once for what has changed. */
  refresh(): void {
    this.source.refresh?.();
  }

  close(): Promise<void> {
    return this.source.close();
  }

  private plainPhases(): readonly Phase[] {
    const { source } = this;
    const redirect = createRedirectPhase({
      names: this.names,
      httpsPort: () => this.httpsPort,
      firstContact: source.firstContact === undefined ? null : (host) => source.firstContact!(host),
    });
    // Where certificates come from files, some other program proves the names, perhaps by files under this very path.
    const isOwnBusiness = this.pairs.every(({ origin }) => origin === "file");
    return isOwnBusiness
      ? [redirect]
      : [createChallengePhase((host, token) => source.challenge(host, token)), redirect];
  }

  private change(pairs: readonly CertificatePair[]): boolean {
    if (this.host !== null && !this.swap(pairs)) return false;
    this.take(pairs);
    return true;
  }

  private take(pairs: readonly CertificatePair[]): void {
    this.pairs = pairs;
    this.names.take(pairs);
  }

  /** A pair that the engine refuses leaves the ones before in place: an old certificate is better than none. */
  private swap(pairs: readonly CertificatePair[]): boolean {
    try {
      this.host?.swap(pairs);
      return true;
    } catch (error) {
      this.logger.error({ err: error }, "a new certificate cannot be used; the one before goes on");
      return false;
    }
  }
}
