// H3, H6, H8 to H13, H15, H18: is the Request that a handler gets the request that was sent?

import assert from "node:assert/strict";
import type { Case } from "../case.ts";
import { get, message, post } from "../octets.ts";
import type { Probe } from "../probe.ts";

interface Described {
  readonly method: string;
  readonly url: string;
  readonly target: string | null;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly isRequest: boolean;
}

async function described(probe: Probe, octets: string): Promise<Described & { headerMap: Map<string, string> }> {
  const response = await probe.ask(octets.replaceAll("{tag}", probe.tag));
  assert.equal(response.status, 200, "status");
  const seen = JSON.parse(response.text) as Described;
  return { ...seen, headerMap: new Map(seen.headers) };
}

const GOOD_HOSTS: readonly string[] = [
  "a.example",
  "A.example:8080",
  "localhost",
  "127.0.0.1:1",
  "[::1]",
  "[::1]:65535",
  "a_b-c",
  "a.example.",
];

const SAME_TARGETS: readonly (readonly [name: string, target: string])[] = [
  ["two-slashes", "//evil/{tag}/describe"],
  ["three-slashes", "///{tag}/describe"],
  ["dot-segments", "/a/../{tag}/describe"],
  ["encoded-dots", "/%2e%2e/{tag}/describe"],
  ["empty-query", "/{tag}/describe?"],
  ["path-in-query", "/{tag}/describe?b=/../c"],
  ["bad-escape", "/%zz/{tag}/describe"],
  ["encoded-slash", "/a%2Fb/{tag}/describe"],
  ["url-in-path", "/http://b.example/{tag}/describe"],
];

const URLS: readonly Case[] = [
  ...GOOD_HOSTS.map((host, i) => ({
    id: `H3/good-${i + 1}`,
    says: `Host: ${host} is accepted as it is`,
    async check(probe: Probe) {
      const seen = await described(probe, `GET /{tag}/describe HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      assert.equal(seen.headerMap.get("host"), host);
      assert.equal(new URL(seen.url).host, new URL(`http://${host}/`).host);
    },
  })),
  ...SAME_TARGETS.map(([name, target]) => ({
    id: `H8/${name}`,
    says: `the URL for the target ${target} is our authority and the target, parsed once`,
    async check(probe: Probe) {
      const { url } = await described(probe, get(target));
      const expected = new URL(`http://a.example${target.replace("{tag}", probe.tag)}`);
      assert.equal(url.replace(/^https:/, "http:"), expected.href);
    },
  })),
  {
    id: "H6/accepted",
    says: "absolute-form takes its authority from the target and ignores Host",
    level: "SHOULD",
    async check(probe) {
      const octets = "GET http://b.example:81/{tag}/describe?q HTTP/1.1\r\nHost: a.example\r\n\r\n";
      const { url, headerMap } = await described(probe, octets);
      assert.equal(url, `http://b.example:81${probe.path("describe")}?q`);
      assert.equal(headerMap.get("host"), "b.example:81");
    },
  },
  absolute("userinfo", "http://u@a.example/{tag}/describe", 400),
  absolute("scheme", "https://a.example/{tag}/describe", 421),
  {
    id: "H9/forwarded",
    says: "forwarding fields from a stranger do not change the URL",
    async check(probe) {
      const lines = ["X-Forwarded-Proto: gopher", "X-Forwarded-Host: b", "Forwarded: for=1.2.3.4;host=b;proto=ftp"];
      const { url } = await described(probe, get("/{tag}/describe", lines));
      const scheme = probe.target.isTls ? "https" : "http";
      assert.equal(url, `${scheme}://a.example${probe.path("describe")}`);
    },
  },
  {
    id: "H10/target",
    says: "the context has the target undecoded and unnormalised",
    needs: "context",
    async check(probe) {
      for (const target of ["/a/%2e%2e/{tag}/describe?x=%20", "/a/../{tag}/describe", "/%zz/{tag}/describe?a?b"]) {
        assert.equal((await described(probe, get(target))).target, target.replace("{tag}", probe.tag));
      }
    },
  },
  {
    id: "H18/hosts",
    says: "each request is seen with its own Host, on one connection and on several",
    async check(probe) {
      const [one, other] = [await probe.connect(), await probe.connect()];
      for (const host of ["first.example", "second.example", "first.example"]) {
        await one.send(`GET ${probe.path("host")} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
        await other.send(`GET ${probe.path("host")} HTTP/1.1\r\nHost: not-${host}\r\n\r\n`);
        const seen = [(await one.response()).text, (await other.response()).text];
        assert.deepEqual(seen, [host, `not-${host}`]);
      }
    },
  },
];

/** A host that takes absolute-form at all has to look at it closely; one that does not has to refuse it (H6). */
function absolute(name: string, target: string, status: number): Case {
  return {
    id: `H6/${name}`,
    says: `absolute-form with a wrong ${name} is answered ${status}, or with 4xx or 505 where none is accepted`,
    async check(probe) {
      const ask = async (form: string): Promise<number> => {
        const client = await probe.connect();
        await client.send(`GET ${form.replace("{tag}", probe.tag)} HTTP/1.1\r\nHost: a.example\r\n\r\n`);
        return (await client.responseOrClose())?.status ?? 400;
      };
      const isAccepting = (await ask("http://a.example/__fsgi/alive")) === 200;
      const seen = await ask(target);
      assert.deepEqual(await probe.calls(), [], "the handler was called");
      if (isAccepting) assert.equal(seen, status);
      else assert.ok(seen === 505 || Math.floor(seen / 100) === 4, `answered ${seen}`);
    },
  };
}

const FIELDS: readonly Case[] = [
  {
    id: "H11/inbound",
    says: "octets beyond ASCII inside a value reach the handler one code point each",
    async check(probe) {
      const lines = ["X-Latin: a\xe9z", "X-Utf8: a\xc3\xa9z", "X-Last: z"];
      const { headerMap } = await described(probe, get("/{tag}/describe", lines));
      const seen = ["x-latin", "x-utf8", "x-last"].map((name) => headerMap.get(name));
      assert.deepEqual(seen, ["a\xe9z", "a\xc3\xa9z", "z"]);
    },
  },
  unaltered("edges", "at the ends of a value", ["X-A: \xe9a\xe9"], "\xe9a\xe9"),
  unaltered("repeated", "in a repeated field", ["X-A: a\xe9z", "X-A: b\xe8z"], "a\xe9z, b\xe8z"),
  {
    id: "H11/outbound",
    says: "code points up to U+00FF leave as one octet each",
    async check(probe) {
      const response = await probe.ask(probe.get("latin"));
      assert.deepEqual([response.field("x-latin"), response.field("x-utf8")], ["a\xe9z", "a\xc3\xa9z"]);
      assert.deepEqual([...response.body], [0xc3, 0xa9, 0xe2, 0x82, 0xac]);
    },
  },
  {
    id: "H12/joined",
    says: "repeated lines are joined in order, cookies with a semicolon",
    async check(probe) {
      const lines = ["X-A: 1", "Cookie: a=1", "Accept: text/html", "X-A: 2, 3", "x-a:", "Cookie: b=2", "ACCEPT: */*"];
      const { headerMap } = await described(probe, get("/{tag}/describe", lines));
      const seen = ["x-a", "cookie", "accept"].map((name) => headerMap.get(name));
      assert.deepEqual(seen, ["1, 2, 3, ", "a=1; b=2", "text/html, */*"]);
    },
  },
  {
    id: "H12/all",
    says: "ninety field lines all arrive",
    async check(probe) {
      const lines = Array.from({ length: 90 }, (_, i) => `X-${i}: ${i}`);
      const { headers } = await described(probe, get("/{tag}/describe", lines));
      assert.equal(headers.filter(([name]) => name.startsWith("x-")).length, 90);
    },
  },
  ...["Keep-Alive: timeout=5", "Proxy-Connection: keep-alive", "TE: gzip", "Expect: 100-continue", "Upgrade: h2c"].map(
    (line) => hidden(line.split(":")[0]?.toLowerCase() ?? "", [line]),
  ),
  hidden("x-hop", ["Connection: keep-alive, X-Hop", "X-Hop: 1"]),
  hidden("connection", ["Connection: keep-alive"]),
  hidden("transfer-encoding", ["Transfer-Encoding: chunked"], "0\r\n\r\n"),
  {
    id: "H13/te-trailers",
    says: "TE: trailers is shown",
    level: "MAY",
    async check(probe) {
      assert.equal((await described(probe, get("/{tag}/describe", ["TE: trailers"]))).headerMap.get("te"), "trailers");
    },
  },
];

function unaltered(name: string, where: string, lines: readonly string[], expected: string): Case {
  return {
    id: `H11/${name}`,
    says: `octets beyond ASCII ${where} are kept, or the request is answered 400`,
    async check(probe) {
      const response = await probe.ask(probe.get("describe", lines));
      if (response.status === 400) return;
      const headers = new Map((JSON.parse(response.text) as Described).headers);
      assert.equal(headers.get("x-a"), expected, "altered");
    },
  };
}

function hidden(name: string, lines: readonly string[], body = ""): Case {
  return {
    id: `H13/${name}`,
    says: `the field ${name} is not shown to the handler`,
    async check(probe) {
      const octets = message("POST", "/{tag}/describe", body === "" ? ["Content-Length: 0", ...lines] : lines, body);
      const { headerMap } = await described(probe, octets);
      assert.equal(headerMap.get(name), undefined, "shown");
    },
  };
}

const OBJECTS: readonly Case[] = [
  ...["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"].map((method) => ({
    id: `H4/allowed-${method}`,
    says: `the method ${method} reaches the handler under its own name`,
    async check(probe: Probe) {
      assert.equal((await described(probe, message(method, "/{tag}/describe"))).method, method);
    },
  })),
  {
    id: "H14/null",
    says: "the body of a GET is null even if content was sent",
    async check(probe) {
      const seen = await described(probe, message("GET", "/{tag}/describe", ["Content-Length: 5"], "hello"));
      assert.equal(seen.body, "null");
    },
  },
  {
    id: "H15/copies",
    says: "the request is a Request that can be cloned and copied before its body is read",
    async check(probe) {
      const response = await probe.ask(post(probe.path("copies"), "hello", ["Content-Type: text/plain"]));
      assert.equal(response.text, JSON.stringify([true, true, "hello", "hello"]), `answered ${response.status}`);
    },
  },
  {
    id: "H15/once",
    says: "a second read of the body rejects with a TypeError",
    async check(probe) {
      const response = await probe.ask(post(probe.path("again"), "hello"));
      assert.equal(response.text, JSON.stringify(["hello", "TypeError", true]));
    },
  },
  forwarded("plain", ["Content-Length: 5"], "hello"),
  forwarded("kept", ["Keep-Alive: timeout=5", "Connection: keep-alive", "Content-Length: 5"], "hello"),
  forwarded("chunked", ["Transfer-Encoding: chunked"], "5\r\nhello\r\n0\r\n\r\n"),
  forwarded("expecting", ["Expect: 100-continue", "Content-Length: 5"], "hello"),
];

function forwarded(name: string, lines: readonly string[], body: string): Case {
  return {
    id: `H15/forward-${name}`,
    says: `the request (${name}) can be sent on with fetch(new Request(url, request))`,
    async check(probe) {
      assert.ok(!probe.target.isTls, "only over plaintext");
      const response = await probe.ask(message("POST", probe.path(`forward/${probe.target.port}`), lines, body));
      assert.deepEqual([response.status, response.text, response.field("x-method")], [200, "hello", "POST"]);
    },
  };
}

export const REQUESTS: readonly Case[] = [...URLS, ...FIELDS, ...OBJECTS];
