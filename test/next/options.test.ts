// What does fromNext() say of options and folders that cannot be right?

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fromNext, type FromNextOptions } from "../../adapters/next.ts";
import { serve, type ServerError } from "../../src/index.ts";
import { ROOT } from "../package/source-tree.ts";
import { newFolder } from "../support/folders.ts";

const QUIET = { port: 0, host: "127.0.0.1", log: "off", handleSignals: false } as const;

describe("the options of fromNext()", () => {
  it("are refused by name, with the value and what is allowed", () => {
    const refusal = (options: object): string => {
      try {
        fromNext(options as FromNextOptions);
        return "none";
      } catch (error) {
        assert.equal((error as ServerError).code, "ERR_OPTIONS_INVALID");
        return (error as ServerError).message;
      }
    };

    assert.match(refusal({ dev: "yes" }), /"dev" of fromNext\(\) is "yes"; it must be true or false/u);
    assert.match(refusal({ port: 70_000 }), /"port" .*70000.* from 1 to 65535/u);
    assert.match(refusal({ bundler: "vite" }), /"bundler" .*"vite".* "turbopack" or "webpack"/u);
    assert.match(refusal({ conf: {} }), /"conf" is no option of fromNext\(\)\. There are: dir, dev/u);
  });

  it("say at the start that Next is not installed in the folder", async () => {
    const dir = newFolder("no-next");

    await assert.rejects(serve(fromNext({ dir }), QUIET), {
      code: "ERR_APP_LOAD",
      message: /not installed in .*npm install next/u,
    });
  });

  it("say at the start that the app is not built", async () => {
    const dir = join(ROOT, "test/next");

    await assert.rejects(serve(fromNext({ dir, quiet: true }), QUIET), {
      code: "ERR_APP_LOAD",
      message: /production build/u,
    });
  });

  it("may be what next() has returned, which is prepared once and closed with the server", async () => {
    const calls: string[] = [];
    const next = {
      prepare: async () => void calls.push("prepare"),
      getRequestHandler: () => (_request: unknown, response: { end(text: string): void }) => response.end("from next"),
      close: async () => void calls.push("close"),
    };

    const server = await serve(fromNext(next), QUIET);
    assert.equal(await (await fetch(server.url)).text(), "from next");
    await server.close();

    assert.deepEqual(calls, ["prepare", "close"]);
  });
});
