// The types of the settings on where is served, and by what: what a caller may say, and what the server sees of it. Apart from their declaration, so that
// the types of the package need no other package.

/** What `serve()` and a settings file take. */
export interface ServingOptions {
  /** Port to listen on; 0 picks a free one. Default `3000`. */
  port?: number | string | undefined;
  /**
   * Name or address to listen on. Default `localhost in development, :: in production`.
   *
   * Danger: `0.0.0.0` and `::` are every network this machine is on.
   */
  host?: string | undefined;
  /**
   * User, or `user:group`, to become once the ports are open: for a start as root. Default `whoever starts it`.
   *
   * Danger: files of the app, and keys that are to be reloaded, must be readable to that user.
   */
  user?: string | null | undefined;
  /**
   * Stay root where ports below 1024 were opened as root and there is no `user`. Default `false`.
   *
   * Danger: a fault of the app, or of any package it loads, is then a fault with all rights on this machine.
   */
  allowRoot?: boolean | undefined;
  /**
   * Processes that serve, beside this one, which looks after them: the program is started once more for each of them. `auto` is one for
   * each core. SIGHUP and SIGUSR2 replace them one by one. Default `off`: this process serves.
   *
   * Danger: what an app keeps in memory, such as sessions, each of them has for itself.
   */
  workers?: number | string | undefined;
  /**
   * How long a worker may do nothing but compute before it is killed and replaced; 0 = for ever. Default `30s`.
   *
   * Danger: too short kills workers with much to do at once, and those that a debugger holds.
   */
  workerHangMs?: number | string | undefined;
  /** What speaks HTTP; `auto` is the first of uWebSockets.js and node:http that runs here. Default `auto`. */
  engine?: "auto" | "uws" | "node" | undefined;
  /**
   * Which defaults apply; `NODE_ENV` says so, too, and the command sets it to production for the app where nobody has set it. Default
   * `production with a domain or a certificate, else development`.
   *
   * Danger: `development` is for your own machine only.
   */
  mode?: "development" | "production" | undefined;
  /**
   * Install a light `Response` (and, where needed, `Request` and `fetch`) as the globals while serving. Default `true`. Apps that speak
   * `(req, res)` keep the platform's in any case.
   *
   * Danger: without it each answer with a body costs several times as much.
   */
  fastResponse?: boolean | undefined;
  /**
   * Uploads without Content-Length: `accept` closes the connection after each, `reject` answers 411. Default `accept`.
   *
   * Danger: `reject` turns away clients that stream their uploads.
   */
  chunked?: "accept" | "reject" | undefined;
  /**
   * Stop gracefully on SIGINT and SIGTERM, at once on a second one. Default `true`.
   *
   * Danger: without it you must call `close()` yourself.
   */
  handleSignals?: boolean | undefined;
  /**
   * Watch host and handler while they run, and warn where one of them breaks the contract (SPEC.md). Default
   * `on in development when started by the command`.
   *
   * Danger: a watched handler is slower; do not measure one.
   */
  lint?: boolean | undefined;
}

/** The same, checked and filled in. */
export interface ResolvedServingOptions {
  readonly port: number;
  readonly host: string;
  readonly user: string | null;
  readonly allowRoot: boolean;
  /** 0: this process serves. */
  readonly workers: number;
  readonly workerHangMs: number;
  readonly engine: "auto" | "uws" | "node";
  readonly mode: "development" | "production";
  readonly fastResponse: boolean;
  readonly chunked: "accept" | "reject";
  readonly handleSignals: boolean;
  /** `undefined`: whoever starts the server decides. */
  readonly lint: boolean | undefined;
}
