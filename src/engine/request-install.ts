// How do `new Request(request)` and `fetch(request)` take a lazy Request where its insides cannot be forwarded?

import { LazyRequest } from "./request-lazy.ts";
import { requestSymbols } from "./request-native.ts";

let installs = 0;
let uninstall: (() => void) | null = null;

/** True when a lazy Request passes wherever a genuine one does: always on Node 20 and 22, later only while installed. */
export function isLazyAccepted(): boolean {
  return requestSymbols.length > 0 || installs > 0;
}

/**
 * Puts a `Request` and a `fetch` in front of the globals that take a lazy Request for the genuine one behind it, and
 * gives back the way to undo that. Only on Nodes that need it (24 and later); elsewhere nothing happens.
 *
 * The `Request` in front shares its prototype with the one behind, so `instanceof` holds in both directions, whenever an
 * object was made. Several servers may install; the last undo restores the globals, unless somebody replaced them since.
 * Danger: a lazy Request that outlives that undo is refused by the restored globals; undo when no exchange is in flight.
 */
export function installFastRequest(): () => void {
  if (requestSymbols.length > 0) return nothing;
  uninstall ??= replaceGlobals();
  installs += 1;

  let isUndone = false;
  return () => {
    if (isUndone) return;
    isUndone = true;
    installs -= 1;
    if (installs > 0) return;
    uninstall?.();
    uninstall = null;
  };
}

function replaceGlobals(): () => void {
  const { prototype } = Request;
  const restoreRequest = replaceProperty(globalThis, "Request", (native: typeof Request) => {
    return new Proxy(native, {
      construct: (target, args: unknown[], newTarget) =>
        Reflect.construct(target, unwrapped(args), newTarget) as InstanceType<typeof Request>,
    });
  });
  const restoreConstructor = replaceProperty(prototype, "constructor", () => Request);
  const restoreFetch = replaceProperty(globalThis, "fetch", (native: typeof fetch) => {
    return new Proxy(native, {
      apply: (target, thisArg, args: unknown[]): unknown => Reflect.apply(target, thisArg, unwrapped(args)),
    });
  });
  return () => {
    restoreConstructor();
    restoreRequest();
    restoreFetch();
  };
}

/** Keeps the attributes of the property, and leaves it alone at the end if it is somebody else's by then. */
function replaceProperty<Value extends object>(
  owner: object,
  name: string,
  replacement: (current: Value) => Value,
): () => void {
  const value = replacement(Reflect.get(owner, name) as Value);
  const before = Object.getOwnPropertyDescriptor(owner, name)!;
  const { configurable = true, enumerable = false, writable = true } = before;
  Object.defineProperty(owner, name, { configurable, enumerable, writable, value });
  return () => {
    if (Reflect.get(owner, name) === value) Object.defineProperty(owner, name, before);
  };
}

function unwrapped(args: readonly unknown[]): unknown[] {
  const [input, ...rest] = args;
  return LazyRequest.isLazy(input) ? [LazyRequest.genuine(input), ...rest] : [...args];
}

function nothing(): void {}
