// Which source wins for a setting?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  isColored,
  modeBeforeFile,
  type OptionSources,
  type ResolvedOptions,
  resolveCommandOptions,
  resolveOptions,
} from "../../src/options.ts";

const port = (sources: OptionSources): number => resolveOptions(sources).port;

function directoriesOf(mounts: ResolvedOptions["static"]): Record<string, string> {
  return Object.fromEntries(Object.entries(mounts).map(([prefix, { dir }]) => [prefix, dir]));
}

describe("the order of sources", () => {
  const file = { file: { port: 1001 } };
  const environment = { environment: { EASYSERVER_PORT: "1002" } };
  const flags = { flags: { port: "1003" } };
  const options = { options: { port: 1004 } };

  it("D4: takes the default when no source says anything", () => {
    assert.equal(port({}), 3000);
  });

  it("D4: a file beats the default", () => {
    assert.equal(port(file), 1001);
  });

  it("D4: a variable beats the file", () => {
    assert.equal(port({ ...file, ...environment }), 1002);
  });

  it("D4: a flag beats a variable", () => {
    assert.equal(port({ ...environment, ...flags }), 1003);
  });

  it("D4: a flag beats the file", () => {
    assert.equal(port({ ...file, ...flags }), 1003);
  });

  it("D4: what serve() is given beats a flag", () => {
    assert.equal(port({ ...flags, ...options }), 1004);
  });

  it("D4: what serve() is given beats a variable", () => {
    assert.equal(port({ ...environment, ...options }), 1004);
  });

  it("D4: what serve() is given beats the file", () => {
    assert.equal(port({ ...file, ...options }), 1004);
  });

  it("lets undefined say nothing", () => {
    assert.equal(port({ ...file, options: { port: undefined } }), 1001);
  });

  it("replaces the mounts of a weaker source as a whole", () => {
    const settings = resolveOptions({ file: { static: { "/a": "a" } }, flags: { static: ["/b=b"] } });

    assert.deepEqual(directoriesOf(settings.static), { "/b": "b" });
  });

  it("does not look at a value that a stronger source overrides", () => {
    assert.equal(port({ environment: { PORT: "\\\\.\\pipe\\x" }, ...flags }), 1003);
  });
});

describe("variables", () => {
  it("D7: EASYSERVER_PORT beats PORT, which beats the file", () => {
    assert.equal(port({ environment: { PORT: "1", EASYSERVER_PORT: "2" } }), 2);
    assert.equal(port({ environment: { PORT: "1" }, file: { port: 3 } }), 1);
  });

  it("D7: an empty variable counts as unset, and the next one speaks", () => {
    assert.equal(port({ environment: { EASYSERVER_PORT: "", PORT: "1" } }), 1);
    assert.equal(port({ environment: { EASYSERVER_PORT: "", PORT: "" } }), 3000);
  });

  it("D7: HOST names the host", () => {
    assert.equal(resolveOptions({ environment: { HOST: "127.0.0.1" } }).host, "127.0.0.1");
  });

  it("D7: NODE_ENV=production sets the mode, and with it host and log", () => {
    const { mode, host, log } = resolveOptions({ environment: { NODE_ENV: "production" } });

    assert.deepEqual({ mode, host, log }, { mode: "production", host: "::", log: "json" });
  });

  it("D7: any other NODE_ENV leaves the mode to the file", () => {
    assert.equal(resolveOptions({ environment: { NODE_ENV: "test" } }).mode, "development");
    assert.equal(
      resolveOptions({ environment: { NODE_ENV: "test" }, file: { mode: "production" } }).mode,
      "production",
    );
  });

  it("development listens on localhost and logs for people", () => {
    const { mode, host, log } = resolveOptions({});

    assert.deepEqual({ mode, host, log }, { mode: "development", host: "localhost", log: "short" });
  });

  it("whoever serves a domain or a certificate is in production, unless another mode is asked for", () => {
    for (const options of [{ domains: ["a.example"] }, { cert: "c.pem", key: "k.pem" }, { ask: () => true }]) {
      const { mode, log } = resolveOptions({ options });
      assert.deepEqual([mode, log], ["production", "json"]);
    }
    assert.equal(resolveOptions({ options: { domains: ["a.example"], mode: "development" } }).mode, "development");
    const environment = { NODE_ENV: "development" };
    assert.equal(resolveOptions({ options: { domains: ["a.example"] }, environment }).mode, "development");
    assert.equal(resolveOptions({ options: { https: true } }).mode, "development");
  });

  it("an explicit host and log survive the mode", () => {
    const { host, log } = resolveOptions({ file: { mode: "production", host: "10.0.0.1", log: "short" } });

    assert.deepEqual({ host, log }, { host: "10.0.0.1", log: "short" });
  });

  it("D12: NO_COLOR, FORCE_COLOR and TERM=dumb decide about color, weaker than EASYSERVER_COLOR", () => {
    const color = (environment: Record<string, string>): string => resolveOptions({ environment }).color;

    assert.equal(color({}), "auto");
    assert.equal(color({ NO_COLOR: "1" }), "never");
    assert.equal(color({ FORCE_COLOR: "1" }), "always");
    assert.equal(color({ FORCE_COLOR: "0" }), "never");
    assert.equal(color({ FORCE_COLOR: "1", NO_COLOR: "1" }), "always");
    assert.equal(color({ TERM: "dumb" }), "never");
    assert.equal(color({ TERM: "xterm" }), "auto");
    assert.equal(color({ NO_COLOR: "1", EASYSERVER_COLOR: "always" }), "always");
  });

  it("switches are read from words", () => {
    const fast = (text: string): boolean =>
      resolveOptions({ environment: { EASYSERVER_FAST_RESPONSE: text } }).fastResponse;

    assert.deepEqual(["true", "1", "yes", "ON"].map(fast), [true, true, true, true]);
    assert.deepEqual(["false", "0", "no", "Off"].map(fast), [false, false, false, false]);
  });

  it("mounts are read from one folder, a comma list or JSON", () => {
    const mounts = (text: string): unknown =>
      directoriesOf(resolveOptions({ environment: { EASYSERVER_STATIC: text } }).static);

    assert.deepEqual(mounts("./public"), { "/": "./public" });
    assert.deepEqual(mounts("./public, /assets/=./dist"), { "/": "./public", "/assets": "./dist" });
    assert.deepEqual(mounts('{"/a,b":"./x,y"}'), { "/a,b": "./x,y" });
    assert.deepEqual(mounts("/srv/www"), { "/": "/srv/www" });
    assert.deepEqual(mounts("/=/srv/a=b"), { "/": "/srv/a=b" });
  });

  it("what Kubernetes says about a service named easyserver is not a setting", () => {
    const environment = {
      EASYSERVER_PORT: "tcp://10.0.0.1:80",
      EASYSERVER_PORT_80_TCP_ADDR: "10.0.0.1",
      EASYSERVER_SERVICE_HOST: "10.0.0.1",
      EASYSERVER_SERVICE_PORT_HTTP: "80",
      EASYSERVER_VERSION: "0.1.0",
    };

    assert.equal(port({ environment }), 3000);
  });
});

describe("the resolved settings", () => {
  it("are a valid input that resolves to the same", () => {
    const given = { static: { "/a/": "x" }, maxBodyBytes: "1mb", handlerMs: "2s", mode: "production" };
    const settings = resolveOptions({ options: given });

    assert.deepEqual(resolveOptions({ options: settings, environment: { PORT: "9", NODE_ENV: "x" } }), settings);
    assert.equal(Object.isFrozen(settings), true);
  });

  it("keep the logger that was passed in (C30)", () => {
    const logger = { info() {}, warn() {}, error() {}, child: () => logger };

    assert.equal(resolveOptions({ options: { logger } }).logger, logger);
    assert.equal(resolveOptions({}).logger, null);
  });
});

describe("the settings of the command", () => {
  it("come from flags, then variables", () => {
    const environment = { EASYSERVER_CONFIG: "a.json", EASYSERVER_QUIET: "1", DEBUG: "app:*" };

    assert.deepEqual(resolveCommandOptions({ environment, flags: { config: "b.json", quiet: false } }), {
      as: "auto",
      config: "b.json",
      quiet: false,
      debug: true,
      help: false,
      version: false,
    });
  });
});

describe("the mode a settings function is told", () => {
  it("comes from the flag, else the variables, else is development", () => {
    assert.equal(modeBeforeFile({}), "development");
    assert.equal(modeBeforeFile({ flags: { domains: ["a.example"] } }), "production");
    assert.equal(modeBeforeFile({ environment: { EASYSERVER_DOMAIN: "a.example" } }), "production");
    assert.equal(modeBeforeFile({ flags: { domains: ["a.example"], mode: "development" } }), "development");
    assert.equal(modeBeforeFile({ environment: { NODE_ENV: "production" } }), "production");
    assert.equal(
      modeBeforeFile({ environment: { NODE_ENV: "production" }, flags: { mode: "development" } }),
      "development",
    );
  });
});

describe("color", () => {
  it("D12: auto follows the terminal", () => {
    assert.equal(isColored("auto", { isTTY: true }), true);
    assert.equal(isColored("auto", {}), false);
    assert.equal(isColored("always", {}), true);
    assert.equal(isColored("never", { isTTY: true }), false);
  });
});
