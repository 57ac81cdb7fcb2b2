// The fixture of the kit over HTTP/2, which the node engine speaks: statements that frames and streams could break.

import assert from "node:assert/strict";
import { type ClientHttp2Session, connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";
import { after, before, describe, it } from "node:test";
import * as fixture from "../../src/conformance/fixture.ts";
import { type App, serve, type Server } from "../../src/index.ts";
import { makePair, withoutOpenssl } from "../support/certificates.ts";
import { deferred, within } from "../support/waiting.ts";

interface Answer {
  readonly fields: IncomingHttpHeaders;
  readonly text: string;
  /** The code of RST_STREAM; 0 for a clean end. */
  readonly reset: number;
}

describe("a host over HTTP/2", { skip: withoutOpenssl }, () => {
  const running: { server?: Server; session?: ClientHttp2Session } = {};

  before(async () => {
    const { certFile, keyFile } = makePair(["a.example", "127.0.0.1"]);
    const quiet = { host: "127.0.0.1", log: "off", handleSignals: false, httpPort: 0, httpsPort: 0 } as const;
    const settings = { ...quiet, engine: "node", cert: certFile, key: keyFile } as const;
    running.server = await serve(fixture as unknown as App, settings);
    running.session = connect(`https://127.0.0.1:${running.server.port}`, { rejectUnauthorized: false });
  });
  after(async () => {
    running.session?.destroy();
    await running.server?.close({ deadlineMs: 100 });
  });

  async function ask(path: string, fields: OutgoingHttpHeaders = {}): Promise<Answer> {
    const stream = running.session!.request({ ":path": `/t0000/${path}`, ":authority": "a.example", ...fields });
    const head = deferred<IncomingHttpHeaders>();
    const closed = deferred();
    let text = "";
    stream.on("response", head.resolve).on("close", closed.resolve);
    // A reset is an error of the stream, too; its code says all.
    stream.on("error", () => {});
    stream.setEncoding("latin1").on("data", (part: string) => (text += part));
    await within(5_000, "the end of the stream", closed.promise);
    return { fields: await within(100, "the head", head.promise), text, reset: stream.rstCode };
  }

  it("H8, H9, H50: tells the handler its URL, its scheme and its version", async () => {
    const { text } = await ask("describe");
    const context = await ask("context");

    assert.equal((JSON.parse(text) as { url: string }).url, "https://a.example/t0000/describe");
    assert.equal((JSON.parse(context.text) as { httpVersion: string }).httpVersion, "2");
  });

  it("H31: keeps two cookies apart", async () => {
    const { fields } = await ask("cookies");

    assert.equal(fields["set-cookie"]?.length, 2);
  });

  it("H32: forwards nothing of a connection that there is none of", async () => {
    for (const name of ["keep-alive", "transfer-encoding", "proxy-connection", "connection"]) {
      const { fields } = await ask(`hop/${name}`);

      assert.deepEqual([fields[":status"], fields[name]], [200, undefined], name);
    }
  });

  it("H34, H35: sends no body with a 204 or to HEAD", async () => {
    const none = await ask("status/204");
    const head = await ask("body/text", { ":method": "HEAD" });

    assert.deepEqual([none.fields[":status"], none.text, none.fields["content-length"]], [204, "", undefined]);
    assert.deepEqual([head.fields[":status"], head.text], [200, ""]);
  });

  it("H45: answers a failure with one 500 that says nothing", async () => {
    const { fields, text, reset } = await ask("throw/error");

    assert.deepEqual([fields[":status"], reset], [500, 0]);
    assert.doesNotMatch(text, /canary/i);
  });

  it("H47, H38: resets the stream of a body that breaks off, and serves the next", async () => {
    const { text, reset } = await ask("sized/100/he/llo");
    const next = await ask("path");

    assert.ok(reset !== 0, "the client can tell");
    assert.ok("hello".startsWith(text));
    assert.equal(next.fields[":status"], 200);
  });

  it("H61, H62: sends a file, a part of it, and nothing where the client has it", async () => {
    const whole = await ask("file/plain");
    const part = await ask("file/plain", { range: "bytes=10-19" });
    const known = await ask("file/plain", { "if-none-match": '"of-the-handler"' });

    const statuses = [whole, part, known].map(({ fields }) => fields[":status"]);
    assert.deepEqual(statuses, [200, 206, 304]);
    assert.deepEqual([whole.text.length, part.text.length, known.text.length], [10_000, 10, 0]);
  });
});
