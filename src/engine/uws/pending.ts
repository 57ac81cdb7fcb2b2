// Which exchanges are still under way, and has any of them waited too long? One list and one timer per listener, because a
// timer per request costs more than a small request does.

/** A member of the list. It is visited once a second while it is in there. */
export interface Pending {
  previous: Pending | null;
  next: Pending | null;
  /** `nowMs` is the list's own coarse clock. Must not throw. */
  sweep(nowMs: number): void;
  /** The server gives up on it. Must not throw. */
  abort(reason: unknown): void;
}

const SWEEP_MS = 1_000;

export class PendingList {
  private head: Pending | null = null;
  private timer: NodeJS.Timeout | null = null;
  /** Milliseconds, monotonic, as of the last sweep or the first entry after a pause: good to a second. */
  nowMs = 0;

  add(entry: Pending): void {
    entry.next = this.head;
    if (this.head !== null) this.head.previous = entry;
    this.head = entry;
    if (this.timer === null) this.startClock();
  }

  remove(entry: Pending): void {
    if (entry.previous !== null) entry.previous.next = entry.next;
    else if (this.head === entry) this.head = entry.next;
    if (entry.next !== null) entry.next.previous = entry.previous;
    entry.previous = null;
    entry.next = null;
  }

  abortAll(reason: unknown): void {
    while (this.head !== null) {
      const entry = this.head;
      this.remove(entry);
      entry.abort(reason);
    }
  }

  private startClock(): void {
    this.nowMs = performance.now();
    this.timer = setInterval(() => this.sweep(), SWEEP_MS);
    this.timer.unref();
  }

  private sweep(): void {
    if (this.head === null && this.timer !== null) {
      clearInterval(this.timer);
      this.timer = null;
      return;
    }
    this.nowMs = performance.now();
    for (let entry = this.head; entry !== null;) {
      const following: Pending | null = entry.next;
      entry.sweep(this.nowMs);
      entry = following;
    }
  }
}
