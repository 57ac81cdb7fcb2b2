// Where is served, and by what? The settings of the group "Serving", with their types.

import { isIPv4, isIPv6 } from "node:net";
import { availableParallelism } from "node:os";
import { about, amount, choice, duration, onOff, same, type Schemas, switchFromText, wholeNumber } from "./kinds.ts";
import * as zod from "./zod.ts";
import type { ServingOptions, ResolvedServingOptions } from "./serving-options.ts";

const PORT_RANGE = { from: 0, to: 65_535, allowed: "a whole number from 0 to 65535" };

const WORKERS = { from: 0, to: 1024, allowed: "a whole number from 0 to 1024, auto or off" };

function workerCount(value: string | number): number | null {
  if (value === "auto") return availableParallelism();
  return value === "off" ? 0 : wholeNumber(value);
}

const HOST = "a host name or IP address without port or brackets, such as localhost, 0.0.0.0 or ::1";

function isHost(host: string): boolean {
  // Node's first look at an IPv6 address takes milliseconds, of every start: only where there is one.
  if (host.includes(":")) return isIPv6(host);
  return isIPv4(host) || (/^[a-z0-9_]([a-z0-9_.-]{0,252})$/i.test(host) && !/^[\d.]+$/.test(host));
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
  allowRoot: onOff(
    {
      group: "Serving",
      help: "Stay root with ports below 1024, instead of becoming --user.",
      danger: "A fault of the app is then one with all rights on this machine.",
    },
    false,
  ),
  workers: amount(workerCount, WORKERS, "off", {
    group: "Serving",
    placeholder: "<count|auto|off>",
    help: "Processes that serve, beside one that looks after them; auto is one for each core. SIGHUP replaces them one by one.",
    danger: "What an app keeps in memory, such as sessions, each of them has for itself.",
  }),
  workerHangMs: duration(
    "30s",
    "How long a worker may do nothing but compute before it is killed and replaced; 0 = for ever.",
    "Too short kills workers with much to do at once, and those that a debugger holds.",
    "Serving",
  ),
  engine: choice(["auto", "uws", "node"], "auto", {
    group: "Serving",
    help: "What speaks HTTP: uWebSockets.js, node:http, or the first of them that runs here.",
  }),
  mode: choice(["development", "production"], "development", {
    group: "Serving",
    defaultText: "production with a domain or a certificate, else development",
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
