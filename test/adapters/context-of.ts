// A Context without a server, for what can be asked of an adapter without one.

import type { Context } from "../../src/index.ts";

/** A plain-text exchange with a client at 203.0.113.7 port 4711. */
export function contextOf(request: Request, overrides: Partial<Context> = {}): Context {
  const { pathname, search } = new URL(request.url);
  return {
    contract: 1,
    supports: new Set(["stream", "pass-through"]),
    request,
    remote: { address: "203.0.113.7", port: 4711, family: "IPv4" },
    peer: { address: "192.0.2.1", port: 80, family: "IPv4" },
    local: { address: "192.0.2.2", port: 3000, family: "IPv4" },
    httpVersion: "1.1",
    tls: null,
    target: pathname + search,
    signal: request.signal,
    completed: Promise.resolve(),
    waitUntil: () => {},
    state: {},
    app: {},
    passThrough: (init) => new Response(null, { status: 404, ...init }),
    native: undefined,
    ...overrides,
  };
}
