// Does the judge see what it must? Adapters that are wrong in one way each, and lists of deviations that are wrong.

import assert from "node:assert/strict";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { DEVIATIONS, differenceOf, observe, verdicts } from "./judge.ts";
import type { Probe } from "./probe.ts";
import { ON_NODE_HTTP, type Way, WAYS } from "./ways.ts";

const uws = { name: "uws" };

type Spoil = (request: IncomingMessage, response: ServerResponse) => void;

/** node:http with one fault. */
function faulty(spoil: Spoil): Way {
  return {
    ...ON_NODE_HTTP,
    name: "faulty",
    serve: (listener, kind) => ON_NODE_HTTP.serve(spoiled(listener, spoil), kind),
  };
}

function spoiled(listener: RequestListener, spoil: Spoil): RequestListener {
  return (request, response) => {
    spoil(request, response);
    listener(request, response);
  };
}

function replace<Key extends keyof ServerResponse>(response: ServerResponse, key: Key, value: unknown): void {
  Object.defineProperty(response, key, { value, configurable: true, writable: true });
}

const FAULTS: Readonly<Record<string, { readonly step: string; readonly spoil: Spoil; readonly shows: string }>> = {
  "a field that is lost": {
    step: "writes over fields that are set",
    spoil: (_request, response) => replace(response, "setHeader", () => response),
    shows: "- x-b: set",
  },
  "a status message of its own": {
    step: "writes a message of one's own",
    spoil: (_request, response) =>
      response.on("prefinish", () => {}) &&
      Object.defineProperty(response, "statusMessage", { get: () => "Fine", set: () => {} }),
    shows: "- status 200 Quite Fine",
  },
  "an event that never comes": {
    step: "seen",
    spoil(_request, response) {
      const emit = response.emit.bind(response);
      replace(response, "emit", (event: string, ...values: unknown[]) => event === "finish" || emit(event, ...values));
    },
    shows: "- app 1: response finish",
  },
  "events in the wrong order": {
    step: "seen",
    spoil(_request, response) {
      const emit = response.emit.bind(response);
      const kept: string[] = [];
      replace(response, "emit", (event: string, ...values: unknown[]) => {
        if (event === "prefinish") return kept.push(event) > 0;
        const result = emit(event, ...values);
        if (event === "finish") for (const one of kept) emit(one);
        return result;
      });
    },
    shows: "order:",
  },
  "a body that is cut": {
    step: "echo",
    spoil(_request, response) {
      const write = response.write.bind(response) as (chunk: Buffer) => boolean;
      let isFirst = true;
      replace(response, "write", (chunk: Buffer) => {
        const shown = isFirst ? chunk.subarray(1) : chunk;
        isFirst = false;
        return write(shown);
      });
    },
    shows: "- body of 320000 bytes",
  },
  "an address that is not there": {
    step: "socket",
    spoil: (request) =>
      Object.defineProperty(request.socket, "remoteAddress", { get: () => undefined, configurable: true }),
    shows: '\\"remoteAddress\\":\\"127.0.0.1\\"',
  },
  "an error of another kind": {
    step: "misuse: header after the head",
    spoil(_request, response) {
      replace(response, "setHeader", () => {
        throw new Error("no");
      });
    },
    shows: "ERR_HTTP_HEADERS_SENT",
  },
};

async function semantics(step: string): Promise<Probe> {
  const { probe } = (await import(new URL("probes/semantics.js", import.meta.url).href)) as { readonly probe: Probe };
  const wanted = step === "seen" ? { name: "seen", target: "/seen" } : probe.steps.find(({ name }) => name === step);
  assert.ok(wanted !== undefined, step);
  return { ...probe, steps: [wanted] };
}

describe("the judge", () => {
  for (const [name, { step, spoil, shows }] of Object.entries(FAULTS)) {
    it(`sees ${name}`, async () => {
      const probe = await semantics(step);
      const expected = (await observe(probe, ON_NODE_HTTP)).get(step) ?? [];
      const actual = (await observe(probe, faulty(spoil))).get(step) ?? [];

      const difference = differenceOf(expected, actual);

      assert.ok(difference.includes(shows), difference);
    });
  }

  it("sees nothing where nothing is", async () => {
    const probe = await semantics("echo");

    const [first, second] = [await observe(probe, ON_NODE_HTTP), await observe(probe, ON_NODE_HTTP)];

    assert.deepEqual(verdicts("semantics", uws, first, second, []), []);
  });
});

describe("a listed deviation", () => {
  const reference = new Map([["step", ["a", "b"]]]);
  const listed = [{ steps: ["probe/step"], ways: ["uws"], reason: "", expect: "+ c" }];

  it("excuses the difference it names", () => {
    assert.deepEqual(verdicts("probe", uws, reference, new Map([["step", ["a", "c"]]]), listed), []);
  });

  it("excuses no other difference", () => {
    const found = verdicts("probe", uws, reference, new Map([["step", ["a", "d"]]]), listed);

    assert.match(found.join(), /differs in another way than listed/);
  });

  it("must be there", () => {
    assert.match(verdicts("probe", uws, reference, reference, listed).join(), /take it off deviations\.json/);
  });

  it("excuses no other way", () => {
    assert.equal(verdicts("probe", { name: "node" }, reference, new Map([["step", ["a", "c"]]]), listed).length, 1);
  });
});

describe("deviations.json", () => {
  it("names steps and ways that exist, each once, with a reason", async () => {
    const known = new Set<string>();
    for (const file of readdirSync(new URL("probes", import.meta.url))) {
      const module = (await import(new URL(`probes/${file}`, import.meta.url).href)) as { readonly probe?: Probe };
      for (const { name } of module.probe?.steps ?? []) known.add(`${file.replace(/\.js$/u, "")}/${name}`);
    }
    const ways = new Set(WAYS.map(({ name }) => name));
    const pairs = DEVIATIONS.flatMap((one) => one.steps.flatMap((step) => one.ways.map((way) => `${step} [${way}]`)));

    assert.deepEqual(
      DEVIATIONS.flatMap(({ steps }) => steps).filter((step) => !known.has(step)),
      [],
    );
    assert.deepEqual(
      DEVIATIONS.filter((one) => !one.ways.every((way) => ways.has(way))),
      [],
    );
    assert.deepEqual(
      DEVIATIONS.filter(({ reason, expect }) => reason.length < 20 || expect.length < 3),
      [],
    );
    assert.equal(new Set(pairs).size, pairs.length);
  });
});
