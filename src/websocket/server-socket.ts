// What a handler holds of a WebSocket: an EventTarget with HTML's members, and the checks of HTML's `send` and `close`.

import type { ServerWebSocket } from "../contract.ts";
import { SocketEvent } from "./socket-events.ts";

type Listener = Parameters<EventTarget["addEventListener"]>[1];
type ListenerOptions = Parameters<EventTarget["addEventListener"]>[2];
type Attribute = (this: ServerWebSocket, event: Event) => unknown;
type Contained = (this: ServerSocket, event: Event) => void;

const TYPES = ["open", "message", "drain", "error", "close"] as const;

/** RFC 6455 section 5.5: what a control frame holds, less the code. */
const REASON_BYTES = 123;

/** What is behind a socket. */
export interface SocketBacking {
  readonly readyState: 0 | 1 | 2 | 3;
  readonly bufferedAmount: number;
  send(bytes: Uint8Array, isText: boolean): void;
  /** `code` 1005 for a close frame without one. */
  close(code: number, reason: Uint8Array): void;
  /** Takes what a listener threw. Never throws. */
  report(error: unknown): void;
}

/** Listeners and what is registered in their place, so that `removeEventListener` finds it. */
const contained = new WeakMap<object, Contained>();

export class ServerSocket extends EventTarget implements ServerWebSocket {
  readonly protocol: string;
  readonly extensions: string = "";
  declare onopen: ServerWebSocket["onopen"];
  declare onmessage: ServerWebSocket["onmessage"];
  declare ondrain: ServerWebSocket["ondrain"];
  declare onerror: ServerWebSocket["onerror"];
  declare onclose: ServerWebSocket["onclose"];
  readonly #backing: SocketBacking;
  readonly #attributes: Map<string, Attribute | null> = new Map();
  /** Types that somebody has ever added a listener to. */
  readonly #listened: Set<string> = new Set();

  constructor(protocol: string, backing: SocketBacking) {
    super();
    this.protocol = protocol;
    this.#backing = backing;
  }

  get readyState(): 0 | 1 | 2 | 3 {
    return this.#backing.readyState;
  }

  get bufferedAmount(): number {
    return this.#backing.bufferedAmount;
  }

  send(data: string | ArrayBuffer | ArrayBufferView): void {
    if (typeof data === "string") this.#backing.send(Buffer.from(data), true);
    else if (ArrayBuffer.isView(data)) {
      this.#backing.send(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), false);
    } else if (data instanceof ArrayBuffer) this.#backing.send(new Uint8Array(data), false);
    else throw new TypeError("send() takes a string, an ArrayBuffer or a view of one.");
  }

  close(code?: number, reason?: string): void {
    if (code !== undefined && code !== 1000 && !(Number.isInteger(code) && code >= 3000 && code <= 4999)) {
      throw new DOMException(`A close code is 1000, or 3000 to 4999, not ${code}.`, "InvalidAccessError");
    }
    const bytes = Buffer.from(reason === undefined ? "" : String(reason));
    if (bytes.length > REASON_BYTES) {
      throw new DOMException(`A close reason has at most ${REASON_BYTES} octets, not ${bytes.length}.`, "SyntaxError");
    }
    this.#backing.close(code ?? (bytes.length > 0 ? 1000 : 1005), bytes);
  }

  override addEventListener(type: string, listener: Listener, options?: ListenerOptions): void {
    if (listener !== null && listener !== undefined) this.#listened.add(String(type));
    super.addEventListener(type, containedListener(listener), options);
  }

  override removeEventListener(type: string, listener: Listener, options?: ListenerOptions): void {
    super.removeEventListener(type, containedListener(listener), options);
  }

  /** Whether anybody would hear an event of this type. */
  static hears(socket: ServerSocket, type: (typeof TYPES)[number]): boolean {
    return socket.#listened.has(type) || socket.#attributes.get(type) != null;
  }

  /** Gives `event` to whoever listens. Never throws (H49). */
  static fire(this: void, socket: ServerSocket, event: SocketEvent): void {
    const { type } = event;
    if (socket.#listened.has(type)) {
      socket.dispatchEvent(event);
      return;
    }
    const attribute = socket.#attributes.get(type);
    if (attribute != null) SocketEvent.deliver(event, socket, () => ServerSocket.run(socket, attribute, event));
  }

  /** Calls a listener, and reports what it throws, now or later (H49). */
  static run(socket: ServerSocket, listener: NonNullable<Listener>, event: Event): void {
    try {
      const result: unknown =
        typeof listener === "function"
          ? (listener as (this: EventTarget, event: Event) => unknown).call(socket, event)
          : listener.handleEvent(event);
      if (typeof (result as { then?: unknown } | null | undefined)?.then !== "function") return;
      Promise.resolve(result).catch((error: unknown) => socket.#backing.report(error));
    } catch (error) {
      socket.#backing.report(error);
    }
  }

  static attribute(socket: ServerSocket, type: string): Attribute | null {
    return socket.#attributes.get(type) ?? null;
  }

  /** HTML's event handler attributes: one listener, whose place among others is that of its first setting. */
  static setAttribute(socket: ServerSocket, type: string, given: unknown): void {
    const isKnown = socket.#attributes.get(type) != null;
    const attribute = typeof given === "function" ? (given as Attribute) : null;
    socket.#attributes.set(type, attribute);
    if (attribute === null) EventTarget.prototype.removeEventListener.call(socket, type, callAttribute);
    else if (!isKnown) EventTarget.prototype.addEventListener.call(socket, type, callAttribute);
  }
}

function callAttribute(this: ServerSocket, event: Event): void {
  const attribute = ServerSocket.attribute(this, event.type);
  if (attribute !== null) ServerSocket.run(this, attribute, event);
}

/** Node ends the process for what a listener throws. */
function containedListener(listener: Listener): Listener {
  if ((typeof listener !== "object" && typeof listener !== "function") || listener === null) return listener;
  let known = contained.get(listener);
  if (known === undefined) {
    known = function (this: ServerSocket, event: Event): void {
      ServerSocket.run(this, listener, event);
    };
    contained.set(listener, known);
  }
  return known as Listener;
}

for (const type of TYPES) {
  Object.defineProperty(ServerSocket.prototype, `on${type}`, {
    enumerable: true,
    configurable: true,
    get(this: ServerSocket) {
      return ServerSocket.attribute(this, type);
    },
    set(this: ServerSocket, given: unknown) {
      ServerSocket.setAttribute(this, type, given);
    },
  });
}
for (const [name, value] of [
  ["CONNECTING", 0],
  ["OPEN", 1],
  ["CLOSING", 2],
  ["CLOSED", 3],
] as const) {
  Object.defineProperty(ServerSocket.prototype, name, { enumerable: true, value });
}
