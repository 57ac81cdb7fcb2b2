// What the addon looks like, as far as this folder uses it. Types only: nothing here exists at run time.

import type { UwsSocket } from "./socket.ts";

export type NativeBytes = string | ArrayBuffer | Uint8Array;

/** Alive until the reply ended, the socket closed or the client left; every method throws afterwards. */
export interface NativeResponse {
  writeStatus(status: NativeBytes): NativeResponse;
  writeHeader(name: NativeBytes, value: NativeBytes): NativeResponse;
  /** Chunked. Always accepted; `false` means that it was buffered. An empty chunk does nothing at all. */
  write(chunk: NativeBytes): boolean;
  end(body: NativeBytes, closeConnection?: boolean): NativeResponse;
  endWithoutBody(): NativeResponse;
  /** `[everything was taken, the reply is complete]`. Never with an empty chunk. */
  tryEnd(chunk: NativeBytes, totalBytes: number): [boolean, boolean];
  getWriteOffset(): number;
  /** The only one: a second registration replaces the first. */
  onWritable(listener: (offset: number) => boolean): NativeResponse;
  onAborted(listener: () => void): NativeResponse;
  /** The chunk's memory is taken away when the listener returns. */
  onData(listener: (chunk: ArrayBuffer, isLast: boolean) => void): NativeResponse;
  cork(work: () => void): NativeResponse;
  close(): NativeResponse;
  pause(): void;
  resume(): void;
  /** The reply becomes a 101, with what was written so far; the socket is opened within the call. `data` becomes part of it. */
  upgrade(data: object, key: string, protocol: string, extensions: string, context: NativeUpgradeContext): void;
  getRemoteAddress(): ArrayBuffer;
  /** Builds from 20.66 on. */
  getRemotePort?(): number;
  /** Builds from 20.69 on: sends the head of a chunked reply before there is a chunk. */
  beginWrite?(): NativeResponse;
}

/** Alive until the route callback and the microtasks it awoke have run. */
export interface NativeRequest {
  getCaseSensitiveMethod(): string;
  getUrl(): string;
  getQuery(): string | undefined;
  /** First line of that name, latin-1; `""` when absent. */
  getHeader(lowerCaseName: string): string;
  /** Every line, decoded as UTF-8. */
  forEach(visit: (lowerCaseName: string, value: string) => void): void;
}

export interface NativeListenSocket {
  readonly brand: "us_listen_socket";
}

export interface NativeApp {
  /** Requests that the behavior's `upgrade` does not get go on to `any`: no GET, or a key that is not 24 characters long. */
  ws(pattern: string, behavior: NativeSocketBehavior): NativeApp;
  any(pattern: string, handler: (response: NativeResponse, request: NativeRequest) => void): NativeApp;
  listen(
    host: string,
    port: number,
    options: number,
    listening: (token: NativeListenSocket | false) => void,
  ): NativeApp;
  /** For an app that accepts and never answers: connections go to its children in turn. Builds from 20.51 on. */
  addChildAppDescriptor?(child: NativeDescriptor): NativeApp;
  removeChildAppDescriptor?(child: NativeDescriptor): NativeApp;
  getDescriptor?(): NativeDescriptor;
  /** TLS only. Reads the files at once; bad ones are ignored. Opens a router of its own, empty. */
  addServerName(name: string, options: NativeTlsOptions): NativeApp;
  /** Routes registered from here on belong to `name`. Prints two lines to stdout, natively. */
  domain(name: string): NativeApp;
  /** Called inside a handshake for a name that has no router. */
  missingServerName(listener: (name: string) => void): NativeApp;
  /** Called with 1 for a new connection and -1 for an ended one. */
  filter?(listener: (response: NativeResponse, change: number) => void): NativeApp;
  close(): NativeApp;
}

export interface NativeUpgradeContext {
  readonly brand: "us_socket_context";
}

/** Alive until the close callback is called; every method throws afterwards. */
export interface NativeSocket {
  /** What we gave to `upgrade`. */
  readonly bound: UwsSocket;
  /** 1: sent, 0: buffered, 2: dropped, because more than `maxBackpressure` is waiting. */
  send(bytes: NativeBytes, isBinary: boolean, compress: boolean): number;
  sendFirstFragment(bytes: NativeBytes, isBinary: boolean, compress: boolean): number;
  sendFragment(bytes: NativeBytes, compress: boolean): number;
  sendLastFragment(bytes: NativeBytes, compress: boolean): number;
  ping(bytes: NativeBytes): number;
  /** Calls back with the close, at once. */
  end(code: number, reason: NativeBytes): void;
  close(): void;
  cork(work: () => void): NativeSocket;
  getBufferedAmount(): number;
}

/** Memory of bytes is taken away when the callback returns. */
export interface NativeSocketBehavior {
  readonly compression: number;
  readonly maxPayloadLength: number;
  readonly maxBackpressure: number;
  /** Seconds, 0 or 8 to 960: anything else ends the process. */
  readonly idleTimeout: number;
  readonly sendPingsAutomatically: boolean;
  upgrade(response: NativeResponse, request: NativeRequest, context: NativeUpgradeContext): void;
  open(socket: NativeSocket): void;
  message(socket: NativeSocket, bytes: ArrayBuffer, isBinary: boolean): void;
  /** The answer has been sent. */
  ping(socket: NativeSocket, bytes: ArrayBuffer): void;
  pong(socket: NativeSocket, bytes: ArrayBuffer): void;
  drain(socket: NativeSocket): void;
  close(socket: NativeSocket, code: number, reason: ArrayBuffer): void;
}

export interface NativeDescriptor {
  readonly brand: "app_descriptor";
}

/** Files are read while the call lasts. */
export interface NativeTlsOptions {
  readonly cert_file_name: string;
  readonly key_file_name: string;
  readonly ssl_ciphers: string;
}

export interface NativeModule {
  App(options?: object): NativeApp;
  /** @throws Error with no reason, when the files cannot be used */
  SSLApp(options: NativeTlsOptions): NativeApp;
  us_listen_socket_close(token: NativeListenSocket): void;
  us_socket_local_port(token: NativeListenSocket): number;
  readonly LIBUS_LISTEN_EXCLUSIVE_PORT: number;
  _cfg(setting: string): void;
}
