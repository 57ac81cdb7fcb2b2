// What is a probe? An app that uses one package, and the requests that show what the package does.

import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Octets, RawClient } from "../support/raw-client.ts";
import type { Note, Recorder } from "./recorder.ts";

/** Watches one exchange. Express, Koa and Fastify apps call it first thing, in the way each of them calls a function first. */
export type Watch = (request: IncomingMessage, response: ServerResponse) => Note;

export interface Stage {
  readonly watch: Watch;
  /** The same as an Express middleware. */
  readonly watcher: (request: IncomingMessage, response: ServerResponse, next: () => void) => void;
  readonly recorder: Recorder;
  /** A folder with the files of `files.ts`, the same for every way. */
  readonly folder: string;
  /** What the probe wants ended when its server has stopped. */
  readonly onEnd: (end: () => unknown) => void;
}

export interface Step {
  readonly name: string;
  /** GET unless said. */
  readonly method?: string;
  readonly target?: string | ((earlier: ReadonlyMap<string, Answered>) => string);
  /** Names and values, in the order in which they are sent. `earlier` are the answers so far, by step. */
  readonly fields?: Fields | ((earlier: ReadonlyMap<string, Answered>) => Fields);
  readonly body?: Octets | ((earlier: ReadonlyMap<string, Answered>) => Octets);
  /** Instead of the above: exactly these octets. */
  readonly octets?: string;
  /** Instead of one request and its answer: what a client does, and what it saw, line by line. */
  readonly client?: (client: RawClient, recorder: Recorder) => Promise<readonly string[]>;
  /** Requests that reach the app: 1 unless said. The step waits until they have all ended. */
  readonly exchanges?: number;
  /** Why what the app saw of request and of response is compared each for itself, and not in which order it was mixed. */
  readonly loose?: string;
  /** Closes the connection before the step. */
  readonly isFresh?: boolean;
}

export type Fields = ReadonlyArray<readonly [name: string, value: string]>;

export interface Answered {
  field(name: string): string | null;
  all(name: string): string[];
  readonly text: string;
}

/** A value that differs from run to run by its nature. */
export interface Blur {
  /** Matches in a line of the protocol. */
  readonly pattern: RegExp;
  readonly becomes: string;
  /** Why two runs of node:http differ here, too. */
  readonly reason: string;
}

export interface Probe {
  /** `express`: the listener is an Express app. `node`: any other `(request, response)` function. */
  readonly kind: "express" | "node";
  readonly app: (stage: Stage) => RequestListener | Promise<RequestListener>;
  readonly steps: readonly Step[];
  readonly blurs?: readonly Blur[];
}
