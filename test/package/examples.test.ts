// Do the examples do what they show? Run by the built command, as `npm start` runs them.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { Program } from "../support/program.ts";
import { Client } from "../websocket/client.ts";
import { filesIn, ROOT } from "./source-tree.ts";

const PATIENCE_MS = 60_000;

/** The command with its arguments, until it prints where it listens. */
async function start(...parameters: readonly string[]): Promise<{ url: string; child: ChildProcess }> {
  const command = ["dist/src/cli/main.js", ...parameters, "--port", "0", "--host", "127.0.0.1"];
  const child = spawn(process.execPath, command, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  const program = new Program(command.join(" "), child);
  const url = (): string | undefined => /http:\/\/[\w.:[\]]*:\d+/u.exec(program.tail)?.[0];
  await program.untilUp(PATIENCE_MS, () => url() !== undefined);
  return { url: url() ?? "", child };
}

async function stop(child: ChildProcess | undefined): Promise<number | null> {
  if (child === undefined || child.exitCode !== null) return child?.exitCode ?? null;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  const [code] = (await exit) as [number | null];
  return code;
}

describe("the hello example", () => {
  const server: { url: string; child?: ChildProcess } = { url: "" };
  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(server.url + path, { signal: AbortSignal.timeout(PATIENCE_MS), ...init });
  const json = { "content-type": "application/json" };

  before(async () => {
    Object.assign(server, await start("examples/hello/app.js", "--static", "examples/hello/public"));
  });
  after(async () => {
    assert.equal(await stop(server.child), 0);
  });

  it("serves its page and every file of its folder byte for byte", async () => {
    const page = await ask("/");
    assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
    assert.equal(await page.text(), readFileSync(join(ROOT, "examples/hello/public/index.html"), "utf8"));

    for (const file of filesIn("examples/hello/public")) {
      const response = await ask(file.replace("examples/hello/public", ""));
      assert.equal(response.status, 200, file);
      assert.equal(await response.text(), readFileSync(join(ROOT, file), "utf8"), file);
    }
  });

  it("links to nothing that it does not serve", async () => {
    const page = await (await ask("/")).text();
    const links = Array.from(page.matchAll(/(?:src|href)="([^"]+)"/gu), ([, link = ""]) => link);

    assert.ok(links.length >= 4);
    for (const link of links) assert.equal((await ask(link)).status, 200, link);
  });

  it("takes an entry as JSON and shows it", async () => {
    const entry = { name: "Zoë", text: "<b>hello</b>" };

    const created = await ask("/api/entries", { method: "POST", headers: json, body: JSON.stringify(entry) });
    const list = (await (await ask("/api/entries")).json()) as Record<string, string>[];

    assert.equal(created.status, 201);
    assert.deepEqual({ name: list[0]?.["name"], text: list[0]?.["text"] }, entry);
  });

  it("takes the form of a browser without scripts and sends it back to the page", async () => {
    const body = new URLSearchParams({ name: "Ada", text: "by form" });

    const response = await ask("/api/entries", { method: "POST", body, redirect: "manual" });

    assert.equal(response.status, 303);
    assert.equal(response.headers.get("location"), "/");
  });

  it("refuses an entry without text, and one that is not JSON", async () => {
    for (const body of ["{}", "not json", "null"]) {
      const response = await ask("/api/entries", { method: "POST", headers: json, body });
      assert.equal(response.status, 400, body);
      assert.deepEqual(await response.json(), { error: "text is missing" });
    }
  });

  it("A10: names the methods it has when asked for another", async () => {
    const response = await ask("/api/entries", { method: "DELETE" });

    assert.equal(response.status, 405);
    assert.equal(response.headers.get("allow"), "GET, POST");
  });

  it("streams the time until the reader leaves", async () => {
    const leave = new AbortController();
    const response = await ask("/api/clock", { signal: leave.signal });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();

    const first = await reader?.read();

    assert.equal(response.headers.get("content-type"), "text/event-stream");
    assert.match(first?.value ?? "", /^data: \d{4}-\d\d-\d\dT[\d:.]+Z\n\n$/u);
    leave.abort();
  });

  it("answers an unknown path with a page for people and JSON for programs", async () => {
    const page = await ask("/nowhere", { headers: { accept: "text/html" } });
    const data = await ask("/nowhere");

    assert.deepEqual([page.status, data.status], [404, 404]);
    assert.match(await page.text(), /Back to the guest book/);
    assert.deepEqual(await data.json(), { error: "not found" });
  });
});

describe("the other examples", () => {
  it("run Hono through fromFetch()", async () => {
    const { url, child } = await start("examples/hono/app.js");

    assert.equal(await (await fetch(url)).text(), "Hello from Hono. You are 127.0.0.1.");
    assert.deepEqual(await (await fetch(`${url}/hello/Ada`)).json(), { hello: "Ada" });
    assert.equal(await stop(child), 0);
  });

  it("run a TypeScript module as it is", async () => {
    const { url, child } = await start("examples/typescript/app.ts");

    const answer = await (await fetch(`${url}/some/path`)).json();
    assert.deepEqual(answer, { pathname: "/some/path", client: "127.0.0.1", httpVersion: "1.1" });
    assert.equal(await stop(child), 0);
  });

  it("run a chat, for the pages of its own origin", async () => {
    const { url, child } = await start("examples/websocket/app.js", "--static", "examples/websocket/public");
    const chat = `${url.replace("http", "ws")}/chat?name=`;
    const said = async (client: Client): Promise<unknown> => JSON.parse((await client.message()).text);

    assert.match(await (await fetch(url)).text(), /chat\.js/);
    const other = new Client(`${chat}Eve`, [], { origin: "https://elsewhere.example" });
    await other.closed;
    assert.equal(other.status, 403);
    await using ada = await Client.open(`${chat}Ada`, [], { origin: url });
    assert.deepEqual(await said(ada), { from: null, text: "Ada is here", count: 1 });
    await using bob = await Client.open(`${chat}Bob`);
    assert.deepEqual(await said(ada), await said(bob));
    bob.socket.send("<b>hello</b>");
    assert.deepEqual(await said(ada), { from: "Bob", text: "<b>hello</b>", count: 2 });
    ada.socket.send("x".repeat(501));
    assert.equal((await ada.closed).code, 4000);
    assert.equal(await stop(child), 0);
    assert.equal((await bob.closed).code, 1001);
  });
});
