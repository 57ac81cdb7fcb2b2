// The types of the settings on the ports and files of HTTPS: what a caller may say, and what the server sees of it. Apart from their declaration, so that
// the types of the package need no other package.

/** What `serve()` and a settings file take. */
export interface HttpsOptions {
  /** File with a certificate chain in PEM, the certificate itself first; read again when it changes. Default `none`. */
  cert?: string | null | undefined;
  /** File with the private key of `cert` in PEM, not encrypted; read again when it changes. Default `none`. */
  key?: string | null | undefined;
  /** Port of HTTPS where there are domains or a certificate; 0 picks a free one. Default `443`. */
  httpsPort?: number | string | undefined;
  /** Port that sends plain requests on to HTTPS and answers challenges; `false` or `off` opens none. Default `80`. */
  httpPort?: number | string | false | undefined;
  /**
   * Tell browsers to use HTTPS only, for this long: `1d`, `365d`, or a whole field value such as
   * `max-age=31536000; includeSubDomains`. Default `off`.
   *
   * Danger: browsers remember it: without HTTPS the site is out of their reach for that long.
   */
  hsts?: string | null | undefined;
}

/** The same, checked and filled in. */
export interface ResolvedHttpsOptions {
  readonly cert: string | null;
  readonly key: string | null;
  readonly httpsPort: number;
  readonly httpPort: number | false;
  /** The value of the field, or `null` for none. */
  readonly hsts: string | null;
}
