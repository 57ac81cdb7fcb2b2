// What is still under way, and when is it all done? Exchanges, and the work that handlers asked to be waited for.

export class InFlight {
  exchanges = 0;
  /** Exchanges that have begun since the start. */
  begun = 0;
  private readonly work = new Set<Promise<unknown>>();
  private idle: (() => void) | null = null;

  get isIdle(): boolean {
    return this.exchanges === 0 && this.work.size === 0;
  }

  /** Pieces of work that are waited for. */
  get workCount(): number {
    return this.work.size;
  }

  enter(): void {
    this.exchanges++;
    this.begun++;
  }

  leave(): void {
    this.exchanges--;
    if (this.idle !== null) this.check();
  }

  /** Keeps `whenIdle` waiting for `thenable`. A rejection goes to `report` and nowhere else (H49, H51). */
  waitUntil(thenable: PromiseLike<unknown>, report: (error: unknown) => void): void {
    // A thenable may throw, or never settle after it threw: a promise made of it does neither.
    const work = Promise.resolve(thenable);
    this.work.add(work);
    const done = (): void => {
      this.work.delete(work);
      if (this.idle !== null) this.check();
    };
    work.then(done, (error: unknown) => {
      done();
      report(error);
    });
  }

  /** True when everything ended by itself, false when the deadline came first. */
  whenIdle(deadlineMs: number): Promise<boolean> {
    if (this.isIdle) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.idle = null;
        resolve(false);
      }, deadlineMs);
      this.idle = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  private check(): void {
    if (!this.isIdle) return;
    const { idle } = this;
    this.idle = null;
    idle?.();
  }
}
