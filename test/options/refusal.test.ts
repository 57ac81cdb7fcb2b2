// What is said about a wrong setting?

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ServerError } from "../../src/errors.ts";
import { type OptionSources, resolveCommandOptions, resolveOptions } from "../../src/options.ts";
import { newFolder } from "../support/folders.ts";

/** The lines of the refusal. */
function refusal(sources: OptionSources): string[] {
  try {
    resolveOptions(sources);
  } catch (error) {
    assert.ok(error instanceof ServerError);
    assert.equal(error.code, "ERR_OPTIONS_INVALID");
    return error.message.split("\n");
  }
  return [];
}

const PORT = "a whole number from 0 to 65535";
const SIZE = "such as 10mb, 16kb or a number of bytes";
const DURATION = "a duration from 0 to 24 days, such as 30s, 500ms or a number of milliseconds";
const HOST = "a host name or IP address without port or brackets, such as localhost, 0.0.0.0 or ::1";

describe("a refusal", () => {
  it("D6: names the flag, the value and what is allowed", () => {
    assert.deepEqual(refusal({ flags: { port: "70000" } }), [`--port is "70000"; it must be ${PORT}.`]);
  });

  it("D6: names the variable as it was written", () => {
    assert.deepEqual(refusal({ environment: { PORT: "http" } }), [`PORT is "http"; it must be ${PORT}.`]);
    assert.deepEqual(refusal({ environment: { EASYSERVER_MAX_BODY_BYTES: "10qb" } }), [
      `EASYSERVER_MAX_BODY_BYTES is "10qb"; it must be a size from 1b to 1000gb, ${SIZE}.`,
    ]);
  });

  it("D6: names the key and the file", () => {
    assert.deepEqual(refusal({ file: { handlerMs: -1 }, fileName: "easyserver.config.json" }), [
      `"handlerMs" in easyserver.config.json is -1; it must be ${DURATION}.`,
    ]);
  });

  it("D6: names the key of serve()'s options", () => {
    assert.deepEqual(refusal({ options: { host: "[::1]" } }), [
      `"host" in the options is "[::1]"; it must be ${HOST}.`,
    ]);
  });

  it("D6: lists every problem at once, one line each", () => {
    const lines = refusal({
      file: { prot: 1, port: "x", log: "jsno" },
      environment: { EASYSERVER_HOTS: "a", EASYSERVER_SHUTDOWN_MS: "soon" },
      flags: { engine: "usw" },
      options: { maxHeaderByte: 1 },
    });

    assert.deepEqual(lines, [
      "7 settings are wrong:",
      '"prot" in the settings file is not a setting. Did you mean "port"?',
      '"maxHeaderByte" in the options is not a setting. Did you mean "maxHeaderBytes"?',
      "EASYSERVER_HOTS is not a setting. Did you mean EASYSERVER_HOST?",
      `"port" in the settings file is "x"; it must be ${PORT}.`,
      '--engine is "usw"; it must be auto, uws or node. Did you mean "uws"?',
      `EASYSERVER_SHUTDOWN_MS is "soon"; it must be ${DURATION}.`,
      '"log" in the settings file is "jsno"; it must be auto, short, json or off. Did you mean "json"?',
    ]);
  });

  it("D5: suggests nothing for a name that is like no other", () => {
    assert.deepEqual(refusal({ file: { bananas: 1 } }), ['"bananas" in the settings file is not a setting.']);
  });

  it("D5: knows a flag's spelling in a file", () => {
    assert.match(refusal({ file: { "max-body-bytes": 1 } })[0] ?? "", /Did you mean "maxBodyBytes"\?$/);
  });

  it("is safe to print and short, whatever the value is", () => {
    const [line = ""] = refusal({ options: { host: `\u001b[31m\n\u2028${"x".repeat(500)}` } });

    // oxlint-disable-next-line no-control-regex -- that is what must not occur
    assert.doesNotMatch(line, /[\u0000-\u001f\u2028]/);
    assert.ok(line.length < 250);
    assert.match(refusal({ options: { port: 10n } })[0] ?? "", /is 10; it must be/);
    assert.match(refusal({ options: { port: () => 1 } })[0] ?? "", /is a function; it must be/);
    assert.match(refusal({ options: { port: Number.NaN } })[0] ?? "", /is NaN; it must be/);
  });

  it("says that settings must be an object", () => {
    assert.deepEqual(refusal({ options: "3000" }), ['The settings in the options are "3000"; they must be an object.']);
    assert.deepEqual(refusal({ file: [1] }), ["The settings in the settings file are [1]; they must be an object."]);
    assert.deepEqual(refusal({ file: null }), ["The settings in the settings file are null; they must be an object."]);
  });

  it("covers the settings of the command", () => {
    assert.throws(
      () => resolveCommandOptions({ environment: { EASYSERVER_QUIET: "maybe" } }),
      /^ServerError: EASYSERVER_QUIET is "maybe"; it must be true or false\.$/,
    );
  });

  it("refuses a flag or variable for what only code can set", () => {
    assert.match(refusal({ flags: { handleSignals: "false" } })[0] ?? "", /^--handle-signals is not a setting/);
    assert.match(refusal({ environment: { EASYSERVER_LOGGER: "x" } })[0] ?? "", /^EASYSERVER_LOGGER is not a setting/);
  });

  it("does not take names from the prototype for settings", () => {
    assert.match(refusal({ file: JSON.parse('{"__proto__": 1}') })[0] ?? "", /"__proto__" .* is not a setting/);
    assert.match(refusal({ file: { constructor: 1 } })[0] ?? "", /"constructor" .* is not a setting/);
  });
});

describe("each setting refuses", () => {
  const refused = (name: string, value: unknown): boolean =>
    refusal({ options: { [name]: value } })[0]?.startsWith(`"${name}" in the options is `) === true;
  const CASES: readonly (readonly [string, readonly unknown[]])[] = [
    ["port", [-1, 65_536, 1.5, "", "0x50", "80a", "1e3", true, null, {}]],
    ["host", ["", ":3000", "[::1]", "localhost:80", "http://a", "a b", "256.1.1.1", "1.2.3", "-a", 1, null]],
    ["static", [[], { a: "b" }, { "/a": "" }, { "//a": "b" }, { "/a?b": "c" }, null, 5]],
    ["media", ["", [], { a: "b" }, { "/a": "" }]],
    ["staticCacheBytes", ["lots", -1, true]],
    ["staticRevalidateMs", ["soon", -1, true, null]],
    ["static", [{ "/a": "x", "/a/": "y" }, { "/a\\b": "x" }, { "/a#b": "x" }]],
    ["domains", [1, { a: "b" }, [1], [["a.example", 1]], null]],
    ["https", ["yes", 1, null]],
    ["email", ["", "me", "me@", "@example.com", "a b@example.com", 1]],
    ["agreeToTerms", ["yes", null]],
    ["acmeDirectory", [1, [1], null]],
    ["acmeRoot", ["", 1]],
    ["staging", ["true"]],
    ["store", ["", 1, null, "redis:/x", "redis://", "s3://bucket", "file:/var/lib"]],
    ["storeSecret", ["", 1]],
    ["profile", [""]],
    ["preferredChain", [""]],
    ["eabKid", [""]],
    ["eabHmacKey", ["", "not base64!"]],
    ["dns", ["godaddy", "", {}, { set() {} }, 1]],
    ["dnsToken", [""]],
    ["dnsEndpoint", ["", "api.example", "https://"]],
    ["dnsResolvers", [1, "resolver.example", ["9.9.9.9", "1.2.3"], "9.9.9.9:70000", "[9.9.9.9]", "[::1"]],
    ["dnsWaitMs", ["soon"]],
    ["reuseKey", ["false"]],
    ["allowRoot", ["yes", 0]],
    ["workers", [-1, 1.5, 1025, "many", "", true, null]],
    ["workerHangMs", ["soon", -1, true]],
    ["ask", ["", 1, {}]],
    ["onCertificate", ["x", {}]],
    ["user", ["", "a b", ":group", "a:b:c", "-x", 1000, true]],
    ["cert", ["", 1, true, {}]],
    ["key", ["", 1, []]],
    ["httpsPort", [-1, 65_536, "https", null, false]],
    ["httpPort", [-1, 65_536, 1.5, "", "none", true, null]],
    ["hsts", ["", "1 year", "max-age", "max-age=1; evil\r\nx: y", "-1d", 86_400, true]],
    ["engine", ["bun", "", 1, null]],
    ["mode", ["test", "", null]],
    ["fastResponse", ["true", 1, null]],
    ["chunked", ["close", true]],
    ["handleSignals", ["yes", 0]],
    ["maxBodyBytes", [0, -1, 1.5, "0", "10 pb", "mb", "-1kb", "1001gb", "1e9", Infinity, null]],
    ["maxHeaderBytes", [1023, "2mb"]],
    ["maxTargetBytes", [63, "2mb"]],
    ["maxMessageBytes", [1023, "2gb"]],
    ["socketIdleMs", ["x"]],
    ["bodyIdleMs", [-1, 0.5, "1 week", "25d", "1000h", 2_147_483_648, null]],
    ["writeStallMs", ["x"]],
    ["handlerMs", [""]],
    ["shutdownMs", ["30 seconds"]],
    ["log", ["combined", true]],
    ["color", [true, "yes"]],
    ["logger", [{}, () => {}, { info() {} }, "pino"]],
  ];

  it("D6: every value outside of what it allows", () => {
    for (const [name, values] of CASES) {
      for (const value of values) assert.ok(refused(name, value), `${name}: ${JSON.stringify(value) ?? String(value)}`);
    }
  });

  it("D6: and each setting is tried here", () => {
    const tried = new Set(CASES.map(([name]) => name));

    for (const name of Object.keys(resolveOptions({}))) assert.ok(tried.has(name), name);
  });
});

describe("settings that belong together", () => {
  it("want a key with a certificate, and two different ports", () => {
    const together = (options: object): readonly string[] => refusal({ options });

    assert.match(together({ cert: "a.pem" })[0] ?? "", /^"cert" is set and "key" is not/);
    assert.match(together({ key: "a.key" })[0] ?? "", /^"key" is set and "cert" is not/);
    assert.match(
      together({ cert: "a", key: "b", httpPort: 8443, httpsPort: 8443 })[0] ?? "",
      /^"httpPort" and "httpsPort" are both 8443/,
    );
  });

  it("want no port beside those of HTTPS, unless a platform sets it for everybody", () => {
    const https = { cert: "a", key: "b" };

    assert.match(refusal({ options: { ...https, port: 8443 } })[0] ?? "", /"port" in the options is 8443.*"httpsPort"/);
    assert.equal(resolveOptions({ options: https, environment: { PORT: "5000" } }).port, 443);
    const resolved = resolveOptions({ options: https });
    assert.deepEqual(resolveOptions({ options: resolved }), resolved);
    assert.equal(resolved.host, "::");
  });
});

describe("each setting takes", () => {
  it("domains as text, as a list, and in groups that share a certificate", () => {
    const domains = (given: unknown): unknown => resolveOptions({ options: { domains: given } }).domains;

    assert.deepEqual(domains("a.example"), [["a.example"]]);
    assert.deepEqual(domains("a.example, b.example"), [["a.example"], ["b.example"]]);
    assert.deepEqual(domains(["a.example+b.example", ["c.example", "d.example"]]), [
      ["a.example", "b.example"],
      ["c.example", "d.example"],
    ]);
    assert.deepEqual(resolveOptions({ flags: { domains: ["a.example", "b.example"] } }).domains, [
      ["a.example"],
      ["b.example"],
    ]);
    assert.deepEqual(resolveOptions({ environment: { EASYSERVER_DOMAIN: "a.example,b.example" } }).domains, [
      ["a.example"],
      ["b.example"],
    ]);
  });

  it("D7: secrets from a file that a variable names, without the line end", () => {
    const file = join(newFolder("secret"), "token");
    writeFileSync(file, "s3cret\n");

    assert.equal(resolveOptions({ environment: { EASYSERVER_DNS_TOKEN_FILE: file } }).dnsToken, "s3cret");
    assert.match(
      refusal({ environment: { EASYSERVER_DNS_TOKEN_FILE: "/nowhere/token" } })[0] ?? "",
      /^EASYSERVER_DNS_TOKEN_FILE is "\/nowhere\/token", a file that cannot be read: ENOENT/,
    );
  });

  it("B39: the folder of the service manager as the store, before the user's own", () => {
    const store = (environment: Record<string, string>): string => resolveOptions({ environment }).store;

    assert.equal(store({ STATE_DIRECTORY: "/var/lib/app:/var/lib/b", XDG_DATA_HOME: "/data" }), "/var/lib/app");
    assert.equal(store({ XDG_DATA_HOME: "/data" }), "/data/easyserver");
    assert.equal(store({ EASYSERVER_STORE: "redis://cache:6379", STATE_DIRECTORY: "/x" }), "redis://cache:6379");
  });

  it("HSTS as a time or as the field's value, and off", () => {
    const values = ["1d", "31536000", "max-age=60; includeSubDomains", "off"];

    assert.deepEqual(
      values.map((hsts) => resolveOptions({ options: { hsts } }).hsts),
      ["max-age=86400", "max-age=31536000", "max-age=60; includeSubDomains", null],
    );
  });

  it("off for the plain port", () => {
    assert.equal(resolveOptions({ options: { httpPort: "off" } }).httpPort, false);
    assert.equal(resolveOptions({ options: { httpPort: false } }).httpPort, false);
  });

  it("ports as numbers and as text", () => {
    assert.deepEqual(
      [0, 65_535, "8080"].map((port) => resolveOptions({ options: { port } }).port),
      [0, 65_535, 8080],
    );
  });

  it("names and addresses as a host", () => {
    for (const host of ["localhost", "app.internal", "my_host", "0.0.0.0", "::", "::1", "fe80::1%eth0"]) {
      assert.equal(resolveOptions({ options: { host } }).host, host);
    }
  });

  it("sizes and durations with units", () => {
    const settings = resolveOptions({
      options: {
        maxBodyBytes: "1.5 MB",
        maxHeaderBytes: "32kb",
        maxTargetBytes: 4096,
        handlerMs: "0",
        bodyIdleMs: "2m",
      },
    });

    assert.equal(settings.maxBodyBytes, 1_572_864);
    assert.equal(settings.maxHeaderBytes, 32_768);
    assert.equal(settings.maxTargetBytes, 4096);
    assert.equal(settings.handlerMs, 0);
    assert.equal(settings.bodyIdleMs, 120_000);
  });

  it("the mounts of flags, each prefix once", () => {
    const { static: mounts } = resolveOptions({ flags: { static: ["./public", "/assets=../dist"] } });
    const directories = Object.entries(mounts).map(([prefix, { dir }]) => [prefix, dir]);
    assert.deepEqual(directories, [
      ["/", "./public"],
      ["/assets", "../dist"],
    ]);
    assert.match(refusal({ flags: { static: ["./a", "./b"] } })[0] ?? "", /^--static is \["\.\/a","\.\/b"\]; .* once/);
  });
});
