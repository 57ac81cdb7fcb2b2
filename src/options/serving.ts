// Where is served, and by what? The settings of the group "Serving", with their types.

import { isIP } from "node:net";
import { about, amount, choice, onOff, same, type Schemas, switchFromText, wholeNumber } from "./kinds.ts";
import * as zod from "./zod.ts";

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
  /** What speaks HTTP; `auto` is the first of uWebSockets.js and node:http that runs here. Default `auto`. */
  engine?: "auto" | "uws" | "node" | undefined;
  /** Which defaults apply. Default `development`, unless `NODE_ENV` is `production`. Danger: for your own machine only. */
  mode?: "development" | "production" | undefined;
  /**
   * Install a light `Response` (and, where needed, `Request` and `fetch`) as the globals while serving. Default `true`.
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
  readonly engine: "auto" | "uws" | "node";
  readonly mode: "development" | "production";
  readonly fastResponse: boolean;
  readonly chunked: "accept" | "reject";
  readonly handleSignals: boolean;
  /** `undefined`: whoever starts the server decides. */
  readonly lint: boolean | undefined;
}

const PORT_RANGE = { from: 0, to: 65_535, allowed: "a whole number from 0 to 65535" };

const HOST = "a host name or IP address without port or brackets, such as localhost, 0.0.0.0 or ::1";

function isHost(host: string): boolean {
  return isIP(host) !== 0 || (/^[a-z0-9_]([a-z0-9_.-]{0,252})$/i.test(host) && !/^[\d.]+$/.test(host));
}

const USER = "the name or number of a user, or user:group";

/** The mode has not yet decided about `host`. */
export interface Serving extends Omit<ResolvedServingOptions, "host"> {
  readonly host: string | undefined;
}

export const servingSettings: Schemas<Serving, ServingOptions> = {
  port: amount(wholeNumber, PORT_RANGE, 3000, {
    group: "Serving",
    placeholder: "<port>",
    letter: "p",
    variables: { PORT: same },
    help: "Port to listen on; 0 picks a free one.",
  }),
  host: zod
    .string({ error: HOST })
    .refine(isHost, { error: HOST })
    .optional()
    .register(about, {
      group: "Serving",
      placeholder: "<host>",
      variables: { HOST: same },
      defaultText: "localhost in development, :: in production",
      help: "Name or address to listen on.",
      danger: "0.0.0.0 and :: are every network this machine is on.",
    }),
  user: zod
    .string({ error: USER })
    .regex(/^[\w][\w.-]*\$?(?::[\w][\w.-]*)?$/, { error: USER })
    .nullable()
    .prefault(null)
    .register(about, {
      group: "Serving",
      placeholder: "<user>",
      defaultText: "whoever starts it",
      help: "User, or user:group, to become once the ports are open: for a start as root.",
      danger: "Files of the app, and keys that are to be reloaded, must be readable to that user.",
    }),
  engine: choice(["auto", "uws", "node"], "auto", {
    group: "Serving",
    help: "What speaks HTTP: uWebSockets.js, node:http, or the first of them that runs here.",
  }),
  mode: choice(["development", "production"], "development", {
    group: "Serving",
    variables: { NODE_ENV: (text) => (text === "production" || text === "development" ? text : undefined) },
    help: "Which defaults apply; also what a settings function is given.",
    danger: "development is for your own machine.",
  }),
  fastResponse: onOff(
    {
      group: "Serving",
      help: "Install a light Response (and, where needed, Request and fetch) as the globals while serving.",
      danger: "Without it each answer with a body costs several times as much.",
    },
    true,
  ),
  chunked: choice(["accept", "reject"], "accept", {
    group: "Serving",
    help: "Uploads without Content-Length: take them and close the connection after each, or answer 411.",
    danger: "reject turns away clients that stream their uploads.",
  }),
  handleSignals: onOff(
    {
      group: "Serving",
      programmatic: true,
      help: "Stop gracefully on SIGINT and SIGTERM; a second signal stops at once.",
      danger: "Without it you must call close() yourself.",
    },
    true,
  ),
  lint: zod.boolean({ error: "true or false" }).optional().register(about, {
    group: "Serving",
    fromText: switchFromText,
    defaultText: "on in development when started by the command",
    help: "Watch host and handler, and warn where one of them breaks the contract; --no-lint turns it off.",
    danger: "A watched handler is slower: do not measure one.",
  }),
};
