// What did the app see? The events of each request and response in their order, with the state they left.

import type { IncomingMessage, ServerResponse } from "node:http";
import { turn, until } from "../support/waiting.ts";

/** `whole`: every event and flag. `light`: what a logger listens for, so that the request's stream stays untouched. */
export type Depth = "whole" | "light";

/** On a busy machine events of the same exchange may be this far apart. */
const SETTLE_MS = 4_000;

const REQUEST_EVENTS = ["aborted", "end", "close"] as const;
const RESPONSE_EVENTS = ["prefinish", "finish", "close", "pipe", "unpipe"] as const;

/** What happens at once after the last event still belongs to the exchange. */
const AFTERMATH_MS = 10;

interface Seen {
  readonly lines: string[];
  isOver: boolean;
  /** The app has more to say after the last event. */
  isHeld: boolean;
}

/** Adds a line to the record of one exchange. */
export interface Note {
  (line: string): void;
  /** The exchange is not over before the function that it gives has been called. */
  hold(): () => void;
}

export class Recorder {
  readonly #depth: Depth;
  #exchanges: Seen[] = [];

  constructor(depth: Depth) {
    this.#depth = depth;
  }

  /** Begins the record of one exchange. */
  readonly watch = (request: IncomingMessage, response: ServerResponse): Note => {
    const seen: Seen = { lines: [`${request.method} ${request.url}`], isOver: false, isHeld: false };
    this.#exchanges.push(seen);
    if (this.#depth === "light") watchLightly(seen, response);
    else watchWholly(seen, request, response);
    return noteOf(seen);
  };

  /** Adds a line to the record of the latest exchange. */
  readonly note = (line: string): void => {
    this.#exchanges.at(-1)?.lines.push(line);
  };

  /** How many requests have reached the app in this step. */
  get count(): number {
    return this.#exchanges.length;
  }

  /** Has the latest exchange that line? */
  has(line: string): boolean {
    return this.#exchanges.at(-1)?.lines.includes(line) ?? false;
  }

  /** Waits until that many exchanges have ended, and gives their records. What is not over by then is said to be so. */
  async take(count: number, withinMs: number = SETTLE_MS): Promise<string[]> {
    const isSettled = (): boolean =>
      this.#exchanges.length >= count && this.#exchanges.every(({ isOver, isHeld }) => isOver && !isHeld);
    const end = await until(withinMs, "the events", isSettled).then(
      () => [],
      () => [`only ${this.#exchanges.filter(({ isOver }) => isOver).length} of ${count} exchanges came to an end`],
    );
    await turn(AFTERMATH_MS);
    const lines = this.#exchanges.flatMap((seen, index) => seen.lines.map((line) => `app ${index + 1}: ${line}`));
    this.#exchanges = [];
    return [...lines, ...end];
  }
}

function noteOf(seen: Seen): Note {
  const note = (line: string): void => {
    seen.lines.push(line);
  };
  const hold = (): (() => void) => {
    seen.isHeld = true;
    return () => {
      seen.isHeld = false;
    };
  };
  return Object.assign(note, { hold });
}

function watchLightly(seen: Seen, response: ServerResponse): void {
  response.on("finish", () => seen.lines.push("response finish"));
  response.on("close", () => {
    seen.lines.push("response close");
    seen.isOver = true;
  });
}

function watchWholly(seen: Seen, request: IncomingMessage, response: ServerResponse): void {
  let closes = 0;
  const closed = (): void => {
    closes += 1;
    seen.isOver = closes === 2;
  };
  for (const event of REQUEST_EVENTS) {
    request.on(event, () => {
      seen.lines.push(`request ${event} ${requestState(request)}`);
      if (event === "close") closed();
    });
  }
  request.on("error", (error: NodeJS.ErrnoException) =>
    seen.lines.push(`request error ${error.code} ${error.message}`),
  );
  for (const event of RESPONSE_EVENTS) {
    response.on(event, () => {
      // What is written to a response that is gone: node:http itself prepares it sometimes, and sometimes not.
      if (event === "prefinish" && response.destroyed) return;
      seen.lines.push(`response ${event} ${responseState(response, event)}`);
      if (event === "close") closed();
    });
  }
  response.on("error", (error: NodeJS.ErrnoException) =>
    seen.lines.push(`response error ${error.code} ${error.message}`),
  );
}

/** The flags that hold, by name. */
function requestState(request: IncomingMessage): string {
  const { complete, aborted, readableEnded, destroyed } = request;
  return flags({ complete, aborted, readableEnded, destroyed });
}

function responseState(response: ServerResponse, event: string): string {
  const { headersSent, writableEnded, destroyed, finished, statusCode } = response;
  // At 'prefinish' it says whether the socket was quick enough to take all of it already.
  const writableFinished = event !== "prefinish" && response.writableFinished;
  return `${statusCode} ${flags({ headersSent, writableEnded, writableFinished, destroyed, finished })}`;
}

function flags(all: Readonly<Record<string, boolean>>): string {
  const names = Object.keys(all).filter((name) => {
    const value: unknown = all[name];
    if (typeof value !== "boolean") throw new TypeError(`${name} is ${typeof value}`);
    return value;
  });
  return `[${names.join(" ")}]`;
}
