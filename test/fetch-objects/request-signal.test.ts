import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";

import type { Exchange } from "../../src/engine/engine.ts";
import { abortRequest, createGenuineRequest, createRequest } from "../../src/engine/request.ts";
import { exchangeOf, installWhileRunning } from "./request-pair.ts";

type Create = (exchange: Exchange) => Request;

const unexpected = (error: unknown): void => {
  throw error;
};

const CREATORS: Record<string, Create> = { createRequest, createGenuineRequest };

for (const [name, create] of Object.entries(CREATORS)) {
  describe(`The signal of a Request from ${name}`, () => {
    installWhileRunning();
    const gone = new DOMException("The client left.", "AbortError");

    it("H25: aborts with the reason given, and tells listeners once", () => {
      const request = create(exchangeOf());
      const { signal } = request;
      let calls = 0;
      signal.addEventListener("abort", () => (calls += 1));
      assert.ok(signal instanceof AbortSignal);
      assert.equal(signal.aborted, false);

      abortRequest(request, gone, unexpected);
      abortRequest(request, new Error("later"), unexpected);

      assert.equal(request.signal, signal);
      assert.equal(signal.aborted, true);
      assert.equal(signal.reason, gone);
      assert.equal(calls, 1);
    });

    it("H25: is aborted already when it is first read after the abort", () => {
      const exchange = exchangeOf();
      const request = create(exchange);

      exchange.abortReason = gone;
      exchange.ended = true;
      abortRequest(request, gone, unexpected);

      assert.equal(request.signal.aborted, true);
      assert.equal(request.signal.reason, gone);
    });

    it("H25: is aborted already when the Request is made after the abort", () => {
      const request = create(Object.assign(exchangeOf(), { abortReason: gone, ended: true }));

      assert.equal(request.signal.aborted, true);
      assert.equal(request.signal.reason, gone);
    });

    it("H25: reaches clones, copies and combined signals", () => {
      const request = create(exchangeOf({ method: "POST", chunks: ["a"] }));
      const clone = request.clone();
      const copy = new Request(request);
      const combined = AbortSignal.any([request.signal, new AbortController().signal]);

      abortRequest(request, gone, unexpected);

      assert.equal(clone.signal.reason, gone);
      assert.equal(copy.signal.reason, gone);
      assert.equal(combined.reason, gone);
    });

    it("H25: is aborted in clones and copies made after the abort", () => {
      const exchange = exchangeOf();
      const request = create(exchange);

      exchange.abortReason = gone;
      abortRequest(request, gone, unexpected);

      assert.equal(request.clone().signal.reason, gone);
      assert.equal(new Request(request).signal.reason, gone);
    });

    it("H26: stays as it is when the exchange completed", () => {
      const exchange = exchangeOf();
      const [read, unread] = [create(exchange), create(exchange)];
      const { signal } = read;

      exchange.ended = true;
      abortRequest(read, gone, unexpected);
      abortRequest(unread, gone, unexpected);

      assert.equal(signal.aborted, false);
      assert.equal(unread.signal.aborted, false);
    });

    it("H49: what listeners throw is reported, and keeps no other from hearing", async () => {
      const failures = ["listener", "handler object", "onabort", "async"].map((name) => new Error(name));
      const reported: unknown[] = [];
      const request = create(exchangeOf());
      let heard = 0;
      request.signal.addEventListener("abort", () => {
        throw failures[0]!;
      });
      request.signal.addEventListener("abort", {
        handleEvent: () => {
          throw failures[1]!;
        },
      });
      request.signal.onabort = () => {
        throw failures[2]!;
      };
      request.signal.addEventListener("abort", () => Promise.reject(failures[3]!) as unknown as void);
      request.signal.addEventListener("abort", () => (heard += 1));

      abortRequest(request, gone, (error) => reported.push(error));
      await setImmediate();

      assert.equal(heard, 1);
      assert.deepEqual(reported, failures);
    });

    it("H49: a listener that was removed is not called", () => {
      const request = create(exchangeOf());
      let heard = 0;
      const listener = (): void => void (heard += 1);
      request.signal.addEventListener("abort", listener);
      request.signal.addEventListener("abort", listener);
      request.signal.removeEventListener("abort", listener);

      abortRequest(request, gone, unexpected);

      assert.equal(heard, 0);
    });
  });
}

describe("abortRequest", () => {
  it("does nothing to a Request from elsewhere", () => {
    const request = new Request("http://site.example/");

    abortRequest(request, new Error("not yours"), unexpected);

    assert.equal(request.signal.aborted, false);
  });
});
