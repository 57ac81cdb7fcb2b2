// How do the bytes of a request become what a handler asked for: text, JSON, a stream, a form?

import { ReadableStream, type ReadableByteStreamController } from "node:stream/web";

import type { BodySource, Exchange } from "./engine.ts";
import { NativeResponse } from "./request-native.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const decoder = new TextDecoder();

/** The body a Request may show: none for GET and HEAD, whatever was sent (H14). */
export function bodyOf(exchange: Exchange): BodySource | null {
  return exchange.method === "GET" || exchange.method === "HEAD" ? null : exchange.body;
}

/** UTF-8 as the standard decodes it: no byte order mark, U+FFFD for what is not UTF-8. */
export function textOf(bytes: Bytes): string {
  return decoder.decode(bytes);
}

/** @throws SyntaxError */
export function jsonOf(bytes: Bytes): unknown {
  return JSON.parse(decoder.decode(bytes));
}

export function arrayBufferOf(bytes: Bytes, lent: boolean): ArrayBuffer {
  return bytesOf(bytes, lent).buffer;
}

/** Exactly a `Uint8Array` over exactly its own memory, even when the engine collected into something else. */
export function bytesOf(bytes: Bytes, lent: boolean): Bytes {
  return lent ? new Uint8Array(bytes) : new Uint8Array(ownMemory(bytes).buffer);
}

/** A genuine body with our bytes and type: the platform's own parsers make the Blob and the form of it. */
export function bodyWithType(bytes: Bytes, contentType: string | null): Response {
  return new NativeResponse(bytes, contentType === null ? {} : { headers: [["content-type", contentType]] });
}

/**
 * The body as a byte stream (BYOB readers work) that reads the source only when it is read itself, and errors with what
 * the source rejects with (H20, H25).
 */
export function bodyStream(source: BodySource): ReadableStream<Uint8Array> {
  return new ReadableStream(
    { type: "bytes", pull: (controller) => pull(source, controller), cancel: () => source.cancel() },
    { highWaterMark: 0 },
  );
}

async function pull(source: BodySource, controller: ReadableByteStreamController): Promise<void> {
  let chunk = await source.read();
  while (chunk !== null && chunk.byteLength === 0) chunk = await source.read();
  if (chunk === null) {
    controller.close();
    // A BYOB read that is still waiting ends only when its buffer is given back.
    controller.byobRequest?.respond(0);
  } else {
    controller.enqueue(ownMemory(chunk));
  }
}

/** A stream detaches the memory it is given, which must then be nobody else's. */
function ownMemory(bytes: Bytes): Bytes {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}

/**
 * Gives `promise` back, with its rejection handled should nobody wait: a client that leaves while the handler is busy
 * elsewhere must not end the process.
 */
export function quiet<Value>(promise: Promise<Value>): Promise<Value> {
  promise.then(undefined, ignore);
  return promise;
}

function ignore(): void {}
