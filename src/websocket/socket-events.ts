// The events of a server's WebSocket: what HTML calls MessageEvent and CloseEvent, for a fraction of what the platform's own cost.

/**
 * An event that can be given to its only listener without the platform's dispatch, which costs more than sending a small message does.
 * What a listener can ask of it is as if it had been dispatched.
 */
export class SocketEvent extends Event {
  #direct: EventTarget | null = null;
  #isRunning = false;

  /** Calls `work` as if `target` dispatched `event`. */
  static deliver(event: SocketEvent, target: EventTarget, work: () => void): void {
    event.#direct = target;
    event.#isRunning = true;
    work();
    event.#isRunning = false;
  }

  override get target(): EventTarget | null {
    return super.target ?? this.#direct;
  }

  override get srcElement(): EventTarget | null {
    return this.target;
  }

  override get currentTarget(): EventTarget | null {
    return this.#isRunning ? this.#direct : super.currentTarget;
  }

  /** AT_TARGET while it is being dispatched: a socket has no parents. */
  override get eventPhase(): 0 | 2 {
    return this.#isRunning ? 2 : super.eventPhase;
  }

  override composedPath(): [EventTarget?] {
    return this.#isRunning && this.#direct !== null ? [this.#direct] : super.composedPath();
  }
}

/** The members of the platform's MessageEvent that say nothing here. */
export class SocketMessage extends SocketEvent {
  readonly data: string | ArrayBuffer;
  readonly origin: string = "";
  readonly lastEventId: string = "";
  readonly source: null = null;
  readonly ports: readonly never[] = [];

  constructor(data: string | ArrayBuffer) {
    super("message");
    this.data = data;
  }
}

export class SocketClose extends SocketEvent {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;

  constructor(code: number, reason: string, wasClean: boolean) {
    super("close");
    this.code = code;
    this.reason = reason;
    this.wasClean = wasClean;
  }
}
