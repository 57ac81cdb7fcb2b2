// The errors of node:http, with its codes and words: apps compare both.

import { ServerResponse, type IncomingMessage } from "node:http";

type ErrorClass = new (message: string) => Error;

/** An error that prints and compares as one of Node's own. */
export function nodeError(code: string, message: string, base: ErrorClass = Error): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new base(message);
  error.code = code;
  const { name } = error;
  // Node writes the code into the first line of the stack, and only there.
  error.name = `${name} [${code}]`;
  void error.stack;
  Reflect.deleteProperty(error, "name");
  return error;
}

export function headersSent(verb: "set" | "append" | "remove" | "write"): Error {
  return nodeError("ERR_HTTP_HEADERS_SENT", `Cannot ${verb} headers after they are sent to the client`);
}

/** What a client that leaves is to a request. */
export function connectionReset(): Error {
  const error: NodeJS.ErrnoException = new Error("aborted");
  error.code = "ECONNRESET";
  return error;
}

export function writeAfterEnd(): Error {
  return nodeError("ERR_STREAM_WRITE_AFTER_END", "write after end");
}

let untouched: ServerResponse | null = null;

/** A response that nobody answers with: Node's own methods check their arguments on it, and throw what they throw. */
export function judge(): ServerResponse {
  untouched ??= new ServerResponse({ method: "GET", httpVersionMajor: 1, httpVersionMinor: 1 } as IncomingMessage);
  return untouched;
}

/** Node's own method of a response, for a genuine one that shares a prototype with ours. */
export function callNative(name: string, response: object, args: readonly unknown[]): unknown {
  return Reflect.apply(Reflect.get(ServerResponse.prototype, name) as () => unknown, response, args);
}
