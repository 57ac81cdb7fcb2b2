// What is a load? One kind of request, sent over and over, and the only right answer to it.

export interface LoadRequest {
  readonly method: "GET" | "POST";
  readonly target: string;
  /** Fields besides Host, which the client adds; the length of a body is added too. ASCII only. */
  readonly fields: Readonly<Record<string, string>>;
  /** ASCII only. */
  readonly body: string | null;
}

export interface ExpectedReply {
  readonly status: number;
  /** `null`: the reply has no type of its own. */
  readonly contentType: string | null;
  readonly framing: "content-length" | "transfer-encoding";
  /** As it is after decoding, one character for each byte. */
  readonly body: string;
}

/** One request and the answer that is right. */
export interface Question {
  readonly request: LoadRequest;
  readonly expected: ExpectedReply;
}

/** `timed` are sent in turn, over and over. All are asked before timing. */
export interface Questions {
  readonly timed: readonly Question[];
  readonly others: readonly Question[];
}

/** Loads of one group have one control, and stand in one table. */
export type Group = "app" | "static" | "express" | "https" | "next" | "sockets";

export interface Load {
  readonly name: string;
  /** Default `app`: a handler answers. */
  readonly group?: Group;
  /** One line for people. */
  readonly about: string;
  /** How many times as long as others it is warmed up: until its code is compiled. Default 1. */
  readonly warmUps?: number;
  /** The ratio easyserver must not exceed on uWebSockets.js; `null` for a load that is information only. */
  readonly atMost: number | null;
  /** What easyserver may cost beside other servers of the same run. */
  readonly beside?: ReadonlyArray<{ readonly server: string; readonly atMost: number }>;
  /** What is timed. */
  readonly request: LoadRequest;
  /** A different one, asked before timing, so that a server with a ready-made answer is found out. */
  readonly otherRequest: LoadRequest;
  /** @param origin for example `http://127.0.0.1:4000`, without a slash at the end. */
  expect(request: LoadRequest, origin: string): ExpectedReply;
  /** What is timed is TLS handshakes, each on a connection of its own; the requests are for checking. */
  readonly isHandshake?: boolean;
  /** What is timed is WebSocket messages to the server and back; the requests are for checking. */
  readonly isEcho?: boolean;
  /** For a load of several requests, or whose requests depend on what the server says first; it overrules the three above. */
  questions?(origin: string): Promise<Questions>;
}

export function groupOf({ group }: Load): Group {
  return group ?? "app";
}

/** What is asked of the server at `origin`. */
export async function questionsOf(load: Load, origin: string): Promise<Questions> {
  if (load.questions !== undefined) return load.questions(origin);
  const question = (request: LoadRequest): Question => ({ request, expected: load.expect(request, origin) });
  return { timed: [question(load.request)], others: [question(load.otherRequest)] };
}

export const TEXT_TYPE = "text/plain;charset=UTF-8";

/** A bare GET, as most hello-world figures elsewhere use it. */
export function bareGet(target: string): LoadRequest {
  return { method: "GET", target, fields: {}, body: null };
}

/** A 200 of known length. */
export function fixedReply(contentType: string, body: string): ExpectedReply {
  return { status: 200, contentType, framing: "content-length", body };
}

/** A 200 that the server sends as it is made: 64 chunks of 1 KiB. */
export function streamedReply(): ExpectedReply {
  const chunk = "0123456789abcde\n".repeat(64);
  return { status: 200, contentType: null, framing: "transfer-encoding", body: chunk.repeat(64) };
}
