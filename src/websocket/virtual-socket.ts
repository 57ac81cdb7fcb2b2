// A socket for libraries that want one: they read and write WebSocket frames here, and the engine has the connection (D8).
//
// Until the library has written its answer, the engine owes the client one. After a 101 the engine has switched: messages that it
// receives become a client's frames, and frames of the library become its messages. Every other answer is sent as the
// reply. docs/decisions/055-virtual-socket.md says what is different from a socket of Node's.

import type { Exchange, Outcome } from "../engine/engine.ts";
import type { EngineSocket, SocketEvents } from "../engine/socket.ts";
import { plainReply } from "../engine/response.ts";
import { ServerError } from "../errors.ts";
import { clientClose, clientFrame, NO_FRAME, OPCODE } from "../engine/frames.ts";
import { Outflow } from "./outflow.ts";
import { RawAnswer } from "./raw-answer.ts";
import { SocketShape } from "./socket-shape.ts";

/** How the host says that an exchange has ended (host/native.ts). */
const ENDED: unique symbol = Symbol.for("easyserver.ended") as never;

type Done = (error?: Error | null) => void;

export interface VirtualSocketSurroundings {
  /** Takes what a listener threw. Never throws. */
  report(error: unknown): void;
  /** What `socket.server` is. */
  readonly server?: unknown;
}

/** The async context of the connection. */
export interface VirtualSocketScope {
  runInAsyncScope<This, Args extends unknown[]>(
    work: (this: This, ...args: Args) => unknown,
    thisArg?: This,
    ...args: Args
  ): unknown;
}

export class VirtualSocket extends SocketShape {
  private readonly exchange: Exchange;
  private readonly around: VirtualSocketSurroundings;
  private readonly scope: VirtualSocketScope;
  /** What the library answers to the offer; `null` once that has been dealt with. */
  private answer: RawAnswer | null = new RawAnswer();
  private engine: EngineSocket | null = null;
  private outflow: Outflow | null = null;
  private unwritten: Uint8Array[] = [];
  private written: Done | null = null;
  private isLeaving = false;
  private isHeld = false;

  /** `exchange` has an offer without fault that its engine can accept. */
  constructor(exchange: Exchange, around: VirtualSocketSurroundings, scope: VirtualSocketScope) {
    super(exchange.peer, exchange.local, exchange.scheme === "https", around.server);
    this.exchange = exchange;
    this.around = around;
    this.scope = scope;
    exchange.attachment = { [ENDED]: (outcome: Outcome) => this.exchangeEnded(outcome) };
  }

  /** The reader wants more. */
  override _read(): void {
    if (!this.isHeld) return;
    this.isHeld = false;
    this.engine?.resume();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: Done): void {
    this.unwritten.push(chunk);
    this.written = done;
    this.writeOn();
  }

  override _writev(chunks: { readonly chunk: Uint8Array }[], done: Done): void {
    for (const { chunk } of chunks) this.unwritten.push(chunk);
    this.written = done;
    if (this.engine === null) this.writeOn();
    else this.engine.together(() => this.writeOn());
  }

  override _final(done: Done): void {
    if (this.answer !== null) this.answerEnds();
    // Without a close frame this is an end that the client can tell from a proper one.
    else if (this.outflow?.isClosing === false) this.engine?.cut();
    done();
  }

  override _destroy(error: Error | null, done: Done): void {
    this.quiet();
    if (this.answer !== null) this.answerEnds();
    else this.engine?.cut();
    this.unwritten = [];
    done(error);
  }

  private writeOn(): void {
    const { unwritten } = this;
    while (unwritten.length > 0 && this.outflow?.isFull !== true) this.consume(unwritten.shift()!);
    if (unwritten.length > 0 || this.outflow?.isFull === true) return;
    const { written } = this;
    this.written = null;
    written?.();
    if (this.isLeaving && this.written === null) this.outflow?.leave();
  }

  private consume(chunk: Uint8Array): void {
    this.bytesWritten += chunk.length;
    this.touch();
    if (this.outflow !== null) this.outflow.write(chunk);
    else if (this.answer !== null) this.takeAnswer(this.answer, chunk);
  }

  private takeAnswer(answer: RawAnswer, chunk: Uint8Array): void {
    try {
      const frames = answer.push(chunk);
      if (frames === null) this.refuse(answer, false);
      else this.accept(answer, frames);
    } catch (error) {
      this.answerFailed((error as Error).message);
    }
  }

  private accept({ head }: RawAnswer, frames: Uint8Array): void {
    if (head?.extensions != null) {
      this.answerFailed(`it agrees to the extension ${head.extensions}, which was not offered`);
      return;
    }
    this.answer = null;
    this.exchange.onAbort = null;
    const engine = this.exchange.upgrade?.accept?.(head?.fields ?? [], this.events()) ?? null;
    if (engine === null) return;
    this.engine = engine;
    this.outflow = new Outflow(engine, (detail) => this.broken(detail));
    if (frames.length > 0) this.outflow.write(frames);
  }

  private refuse(answer: RawAnswer, isEnd: boolean): void {
    const reply = answer.reply(isEnd);
    if (reply === null) return;
    this.answer = null;
    this.exchange.send(reply);
  }

  /** The library has closed the socket. Before the 101: with a refusal, or without a word. */
  private answerEnds(): void {
    const { answer } = this;
    if (answer === null) return;
    try {
      if (answer.head !== null) this.refuse(answer, true);
      else {
        this.answer = null;
        this.exchange.abort(new DOMException("The app closed the connection.", "AbortError"));
      }
    } catch (error) {
      this.answerFailed((error as Error).message);
    }
  }

  private answerFailed(detail: string): void {
    this.answer = null;
    this.around.report(
      new ServerError("ERR_UPGRADE_ANSWER", `The answer that was written to an upgrade cannot be sent: ${detail}.`),
    );
    if (!this.exchange.committed) this.exchange.send({ ...plainReply(500), close: true });
  }

  private broken(detail: string): void {
    this.around.report(
      new ServerError("ERR_WEBSOCKET_FRAME", `What was written to a WebSocket is no frame of a server's: ${detail}.`),
    );
    process.nextTick(() => this.destroy());
  }

  /** Without a WebSocket, the end of the exchange is the end of the connection. */
  private exchangeEnded({ kind }: Outcome): void {
    if (this.engine !== null || this.destroyed) return;
    this.answer = null;
    this.contained(() => {
      if (kind === "completed") this.destroy();
      else this.push(null);
    });
    if (kind !== "completed") this.destroy();
  }

  private events(): SocketEvents {
    return {
      message: (bytes, isText) => this.deliver(clientFrame(isText ? OPCODE.text : OPCODE.binary, bytes)),
      ping: (bytes) => this.deliver(clientFrame(OPCODE.ping, bytes)),
      pong: (bytes) => this.deliver(clientFrame(OPCODE.pong, bytes)),
      drained: () => {
        this.engine?.together(() => this.outflow?.drained());
        this.contained(() => this.writeOn());
      },
      closed: (code, reason) => this.clientLeft(code, reason),
      goingAway: () => {
        this.isLeaving = true;
        if (this.written === null) this.outflow?.leave();
      },
    };
  }

  private clientLeft(code: number, reason: ArrayBuffer): void {
    this.engine = null;
    this.outflow = null;
    if (this.destroyed) return;
    if (code !== NO_FRAME) this.deliver(clientClose(code, reason));
    this.contained(() => {
      this.push(null);
      this.writeOn();
    });
  }

  private readonly pushed = (frame: Uint8Array): boolean => this.push(frame);

  private deliver(frame: Uint8Array): void {
    this.bytesRead += frame.length;
    this.touch();
    if (this.destroyed) return;
    try {
      if (this.scope.runInAsyncScope(this.pushed, undefined, frame) === true) return;
      this.isHeld = true;
      this.engine?.pause();
    } catch (error) {
      this.thrown(error);
    }
  }

  private contained(work: () => void): void {
    try {
      this.scope.runInAsyncScope(work, undefined);
    } catch (error) {
      this.thrown(error);
    }
  }

  /** A listener threw, and nobody knows what it has left undone: its connection ends, and no other. */
  private thrown(error: unknown): void {
    this.around.report(error);
    process.nextTick(() => this.destroy());
  }
}
