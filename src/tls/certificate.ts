// The words that everything about certificates speaks: a chain with its key, and where such pairs come from.

/** A certificate chain, the key that belongs to it, and the names it is good for. */
export interface CertificatePair {
  /** Lower-case DNS names in their ASCII form, `*.example.com` for a wildcard, and IP addresses. Never empty. */
  readonly names: readonly string[];
  /** PEM: the certificate itself first, then what leads to the root. */
  readonly chainPem: string;
  /** PEM, PKCS#8 or the older forms, not encrypted. Secret: never in a log or a message. */
  readonly keyPem: string;
  /** When the certificate ends, in milliseconds since 1970. */
  readonly notAfter: number;
  /** Who made it. A `placeholder` is self-signed, and only there so that the port can be opened. */
  readonly origin: "acme" | "file" | "local-ca" | "placeholder";
}

/**
 * Where a server's certificates come from, whoever makes them: files, an authority, the local one.
 *
 * The list is always complete and replaces the one before. Its first pair is the default: clients that name no host, or one
 * that no pair covers, are shown it.
 */
export interface CertificateSource {
  /**
   * The pairs to open the port with, at least one. Called once, before anything is listened on.
   *
   * Resolves as soon as there is something to serve with: what takes a network follows by `onChange`.
   *
   * @throws ServerError when there is nothing to serve with and nothing to come.
   */
  start(): Promise<readonly CertificatePair[]>;
  /**
   * Set by the server before `start`; called with the whole new list. `false` when it cannot be served, and the list before
   * goes on; whoever listens says so in the log. Must not throw.
   */
  onChange: ((pairs: readonly CertificatePair[]) => boolean) | null;
  /** The ports are open: whoever has to prove the control of a name can be answered from here on. Absent where nobody has to. */
  listening?(): void;
  /**
   * The content of `http://<host>/.well-known/acme-challenge/<token>`, or `null` for a token that nobody knows. `host` is
   * lower-case and has no port; both come from a stranger.
   */
  challenge(host: string, token: string): string | null | Promise<string | null>;
  /**
   * A request for `host` came in on the plain port, and no pair covers it: the moment to get one, where that is allowed. The
   * redirect waits for it, for a limited time. Absent where certificates are never made on demand. Must not reject.
   */
  firstContact?(host: string): Promise<void>;
  /** Looks at once for what has changed. Absent where nothing can change unseen. */
  refresh?(): void;
  /** Ends timers, watches and connections. Idempotent. */
  close(): Promise<void>;
}
