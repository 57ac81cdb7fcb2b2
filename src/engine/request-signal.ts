// The signal of a request: whose abort must not be able to end the process?
//
// An exception in an abort listener becomes an `uncaughtException` on Node. Here a client could cause one at will, by
// leaving: so listeners of request signals are called in a way that keeps what they throw (H49).

type Listener = Parameters<EventTarget["addEventListener"]>[1];
type AddOptions = Parameters<EventTarget["addEventListener"]>[2];
type Report = (error: unknown) => void;

const native = EventTarget.prototype;

/** Who hears of what a listener throws: set while one of our signals is being aborted. */
let current: Report = () => {};

/** Makes `signal` call its listeners so that none can end the process. Before any is added. */
export function contain(signal: AbortSignal): void {
  const wrappers = new WeakMap<object, Listener>();
  Object.defineProperties(signal, {
    addEventListener: {
      configurable: true,
      writable: true,
      value(this: AbortSignal, type: string, listener: Listener, options?: AddOptions): void {
        native.addEventListener.call(this, type, listener == null ? listener : wrapped(wrappers, listener), options);
      },
    },
    removeEventListener: {
      configurable: true,
      writable: true,
      value(this: AbortSignal, type: string, listener: Listener, options?: AddOptions): void {
        const known = listener == null ? listener : (wrappers.get(listener) ?? listener);
        native.removeEventListener.call(this, type, known, options);
      },
    },
  });
}

/** Aborts; what listeners throw goes to `report`, then or later. */
export function abortContained(controller: AbortController, reason: unknown, report: Report): void {
  const outer = current;
  current = report;
  try {
    controller.abort(reason);
  } finally {
    current = outer;
  }
}

function wrapped(wrappers: WeakMap<object, Listener>, listener: Listener): Listener {
  const known = wrappers.get(listener);
  if (known !== undefined) return known;
  const wrapper = function (this: unknown, event: Event): void {
    const report = current;
    try {
      const result: unknown = typeof listener === "function" ? listener.call(this, event) : listener.handleEvent(event);
      // An async listener fails later, in a promise that nobody holds.
      if (result instanceof Promise) result.catch(report);
    } catch (error) {
      report(error);
    }
  };
  wrappers.set(listener, wrapper);
  return wrapper;
}
