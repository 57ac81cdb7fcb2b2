// Which settings file is read, and what comes out of it?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadConfig, type LoadedConfig } from "../../src/cli/load-config.ts";
import { folder } from "./command.ts";

const context = { command: "serve", mode: "production" } as const;

const load = (files: Readonly<Record<string, string>>, asked?: string): Promise<LoadedConfig> =>
  loadConfig(asked, folder(files), context);

describe("the settings file", () => {
  it("is not needed", async () => {
    assert.deepEqual(await load({}), { fileName: null, settings: undefined });
  });

  it("D5: is found under each of its names", async () => {
    const code = "export default { port: 1 }";
    for (const [name, text] of [
      ["easyserver.config.ts", `${code} satisfies { port: number }`],
      ["easyserver.config.mts", `${code} as const`],
      ["easyserver.config.mjs", code],
      ["easyserver.config.js", "module.exports = { port: 1 }"],
      ["easyserver.config.json", '{ "port": 1 }'],
    ] as const) {
      assert.deepEqual(await load({ [name]: text }), { fileName: name, settings: { port: 1 } }, name);
    }
  });

  it("D5: may export a function, which is told command and mode", async () => {
    const text = "export default async (context) => ({ static: { '/': JSON.stringify(context) } })";

    const { settings } = await load({ "easyserver.config.mjs": text });

    assert.deepEqual(settings, { static: { "/": '{"command":"serve","mode":"production"}' } });
  });

  it("can be another one with --config", async () => {
    const files = { "easyserver.config.json": '{"port":1}', "deploy/prod.json": '{"port":2}' };

    assert.deepEqual(await load(files, "deploy/prod.json"), { fileName: "deploy/prod.json", settings: { port: 2 } });
  });

  it("is refused when there are two", async () => {
    await assert.rejects(load({ "easyserver.config.json": "{}", "easyserver.config.mjs": "" }), {
      code: "ERR_OPTIONS_INVALID",
      message:
        "There are several settings files: easyserver.config.mjs and easyserver.config.json. " +
        "Keep one, or name one with --config.",
    });
  });

  it("is refused when it is missing, unreadable or exports nothing", async () => {
    const invalid = (message: RegExp): object => ({ code: "ERR_OPTIONS_INVALID", message });

    await assert.rejects(load({}, "gone.json"), invalid(/"gone\.json" does not exist/));
    await assert.rejects(load({ "easyserver.config.json": "{ port: 1 }" }), invalid(/cannot be read: .*JSON/));
    await assert.rejects(load({ "easyserver.config.mjs": "export const port = 1" }), invalid(/has no default export/));
  });

  it("keeps the stack of its own failure", async () => {
    const fails = (message: string): object => ({ code: "ERR_APP_LOAD", message });

    await assert.rejects(
      load({ "easyserver.config.mjs": "throw new Error('early')" }),
      fails('"easyserver.config.mjs" could not be loaded: early'),
    );
    await assert.rejects(
      load({ "easyserver.config.mjs": "export default () => { throw new Error('late') }" }),
      fails('The function of "easyserver.config.mjs" failed: late'),
    );
  });

  it("that yields nothing is not taken for empty settings", async () => {
    assert.deepEqual(await load({ "easyserver.config.mjs": "export default () => {}" }), {
      fileName: "easyserver.config.mjs",
      settings: null,
    });
  });
});
