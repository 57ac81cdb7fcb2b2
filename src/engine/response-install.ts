// When is the light Response the global one? Only between an install and its undoing; never because a module was loaded.

import { LightResponse } from "./response-light.ts";

let installs = 0;
let original: PropertyDescriptor | undefined;

/**
 * Makes the light class `globalThis.Response`, so that handlers use it without knowing.
 *
 * Installs are counted: the class that was there before comes back when the last one is undone, unless somebody else has
 * replaced the global since. The returned function undoes its own install, once; calling it again does nothing.
 */
export function installFastResponse(): () => void {
  if (installs === 0) install();
  installs++;
  let undone = false;
  return () => {
    if (undone) return;
    undone = true;
    installs--;
    if (installs === 0) restore();
  };
}

function install(): void {
  original = Object.getOwnPropertyDescriptor(globalThis, "Response");
  Object.defineProperty(globalThis, "Response", {
    value: LightResponse,
    writable: true,
    enumerable: original?.enumerable ?? false,
    configurable: true,
  });
}

function restore(): void {
  if (globalThis.Response !== LightResponse || original === undefined) return;
  Object.defineProperty(globalThis, "Response", original);
}
