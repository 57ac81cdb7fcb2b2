// Node's own request and response in the hands of a listener: what is left for the engine is to wait, and to keep the limits.

import type { IncomingMessage, ServerResponse } from "node:http";
import { ServerError } from "../../errors.ts";
import type { EngineLimits, NodePair } from "../engine.ts";
import { plainReply } from "../response.ts";

/**
 * Watches an exchange that lasts. Most are over before anybody looks, so this is made at the first look and counts from
 * there: nobody is given up too early.
 */
export class Watch {
  private readonly request: IncomingMessage;
  private readonly response: ServerResponse;
  private readonly sinceMs: number;
  /** Bytes of the socket when it was last looked at, in each direction, and since when they have been the same. */
  private seenRead: number;
  private seenWritten: number;
  private readMs: number;
  private writtenMs: number;

  constructor({ request, response }: NodePair, nowMs: number) {
    this.request = request;
    this.response = response;
    this.sinceMs = nowMs;
    this.seenRead = request.socket.bytesRead;
    this.seenWritten = request.socket.bytesWritten;
    this.readMs = nowMs;
    this.writtenMs = nowMs;
  }

  /** As for a reply of ours: 504 for a listener that is silent, a cut for a client that is. */
  sweep(nowMs: number, limits: EngineLimits, cut: (reason: string) => void): void {
    const { request, response } = this;
    const { socket } = request;
    if (socket.bytesRead !== this.seenRead) this.readMs = nowMs;
    if (socket.bytesWritten !== this.seenWritten || socket.writableLength === 0) this.writtenMs = nowMs;
    this.seenRead = socket.bytesRead;
    this.seenWritten = socket.bytesWritten;
    const isWaited = !request.complete && request.readableFlowing === true;
    if (isWaited && limits.bodyIdleMs > 0 && nowMs - this.readMs > limits.bodyIdleMs) {
      this.expire(408, "The request body made no progress for too long.", cut);
    } else if (response.headersSent && limits.writeStallMs > 0 && nowMs - this.writtenMs > limits.writeStallMs) {
      cut("The client took nothing for too long.");
    } else if (
      !response.headersSent &&
      limits.handlerMs > 0 &&
      nowMs - Math.max(this.sinceMs, this.readMs) > limits.handlerMs
    ) {
      this.expire(504, "The handler did not answer in time.", cut);
    }
  }

  private expire(status: number, reason: string, cut: (reason: string) => void): void {
    if (this.response.headersSent) cut(reason);
    else answerPlainly(this.response, status);
  }
}

/** In place of a listener that failed. */
export function answerFailure(response: ServerResponse, error: unknown): void {
  answerPlainly(response, error instanceof ServerError ? (error.status ?? 500) : 500);
}

function answerPlainly(response: ServerResponse, status: number): void {
  const { fields, body } = plainReply(status);
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.shouldKeepAlive = false;
  response.writeHead(status, fields.slice());
  response.end(body);
}

/**
 * Node pushes what it parses into the request: that is where it can be counted without starting to read. `overrun` hears of
 * a body that is too large where nobody listens for errors of the request.
 */
export function limitBody(request: IncomingMessage, maxBodyBytes: number, overrun: (error: unknown) => void): void {
  const push = request.push.bind(request);
  let bytes = 0;
  request.push = (chunk: Uint8Array | null, encoding?: BufferEncoding): boolean => {
    bytes += chunk?.byteLength ?? 0;
    if (bytes <= maxBodyBytes) return push(chunk, encoding);
    if (bytes - (chunk?.byteLength ?? 0) <= maxBodyBytes) {
      const message = `The request body is larger than the limit of ${maxBodyBytes} bytes.`;
      const error = new ServerError("ERR_BODY_TOO_LARGE", message, { status: 413 });
      if (request.listenerCount("error") > 0) request.emit("error", error);
      else overrun(error);
    }
    return true;
  };
}
