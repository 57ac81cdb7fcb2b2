// Does a real browser load everything from our server, and load nothing twice?

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { serve } from "../../src/index.ts";
import { font, png, wasm } from "../support/assets.ts";
import { type Browser, type BrowserContext, NO_CHROMIUM, type Page, startChromium } from "../support/chromium.ts";
import { ENGINES } from "../support/engines.ts";
import { until } from "../support/waiting.ts";
import { folder, listening, type Running, start } from "../cli/command.ts";

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>A page</title>
<link rel="icon" href="icon.png">
<link rel="stylesheet" href="style.css">
<script type="module" src="main.mjs"></script>
<p>A</p>
<img src="picture.png" alt="a red square">
<video src="clip.webm" muted preload="auto"></video>
`;

const STYLE = `@font-face { font-family: Square; src: url(square.ttf); }
p { font-family: Square; color: rgb(1, 2, 3); }
`;

/** Leaves what went right in \`window.loaded\`, so that the test can wait for it. */
const MAIN = `import { answer } from "./answer.mjs";
await document.fonts.load("16px Square", "A");
const video = document.querySelector("video");
if (video.readyState < 2) await new Promise((resolve, reject) => {
  video.onloadeddata = resolve;
  video.onerror = () => reject(new Error(video.error.message));
});
await navigator.serviceWorker.register("worker.js");
const { active } = await navigator.serviceWorker.ready;
window.loaded = {
  wasm: await answer(),
  font: [...document.fonts].map(({ status }) => status).join(),
  color: getComputedStyle(document.querySelector("p")).color,
  picture: document.querySelector("img").naturalWidth,
  video: video.videoWidth,
  worker: active.scriptURL.split("/").at(-1),
};
`;

const FILES = {
  "index.html": PAGE,
  "style.css": STYLE,
  "main.mjs": MAIN,
  "answer.mjs": `export const answer = async () =>
  (await WebAssembly.instantiateStreaming(fetch("answer.wasm"))).instance.exports.answer();
`,
  "worker.js": `self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
`,
};

const LOADED = {
  wasm: 42,
  font: "loaded",
  color: "rgb(1, 2, 3)",
  picture: 8,
  video: 64,
  worker: "worker.js",
};

/** Paths of what the page is made of, the clip left out: players ask for that in their own way. */
const PATHS = [
  "/",
  "/answer.mjs",
  "/answer.wasm",
  "/icon.png",
  "/main.mjs",
  "/picture.png",
  "/square.ttf",
  "/style.css",
  "/worker.js",
];

interface Line {
  readonly target: string;
  readonly status: number;
}

describe("a page in Chromium", { skip: NO_CHROMIUM }, () => {
  let browser: Browser;
  let directory: string;

  before(async () => {
    browser = await startChromium();
    directory = folder(FILES);
    await writeFile(join(directory, "picture.png"), png(8, 8, [255, 0, 0]));
    await writeFile(join(directory, "icon.png"), png(16, 16, [0, 0, 255]));
    await writeFile(join(directory, "square.ttf"), font("Square"));
    await writeFile(join(directory, "answer.wasm"), wasm());
    await writeFile(join(directory, "clip.webm"), await recordedClip(browser));
  });
  after(() => browser.close());

  for (const engine of ENGINES) {
    it(`loads completely without an error, and asks only whether it changed the second time (${engine})`, async () => {
      await using command = start(["--static", directory, "--port", "0", "--log", "json", "--engine", engine]);
      const origin = await listening(command);
      const context = await browser.newContext();
      try {
        const first = await loadedPage(context, origin, command);
        assert.deepEqual(first.loaded, LOADED);
        assert.deepEqual(first.errors, []);
        assert.deepEqual(
          [...new Set(first.lines.map(({ target }) => target))].toSorted(),
          [...PATHS, "/clip.webm"].toSorted(),
        );
        for (const { target, status } of first.lines) assert.equal(status, target === "/clip.webm" ? 206 : 200, target);

        const second = await loadedPage(context, origin, command);
        assert.deepEqual(second.loaded, LOADED);
        assert.deepEqual(second.errors, []);
        assert.ok(second.lines.some(({ target, status }) => target === "/" && status === 304));
        for (const { target, status } of second.lines) assert.equal(status, 304, target);
      } finally {
        await context.close();
      }
    });
  }
});

describe("A35: the page of a directory in Chromium", { skip: NO_CHROMIUM }, () => {
  it("is styled by its own style, which its policy allows, and leads on by its links", async () => {
    const directory = folder({ "sub/a & b.txt": "text", "index of things.txt": "" });
    const server = await serve(null, {
      host: "127.0.0.1",
      port: 0,
      log: "off",
      handleSignals: false,
      static: { "/": { dir: directory, listing: true } },
    });
    const browser = await startChromium();
    try {
      const page = await browser.newPage();
      const errors = watched(page);
      await page.goto(server.url);
      assert.equal(await page.evaluate("getComputedStyle(document.querySelector('table')).borderCollapse"), "collapse");
      await page.evaluate("document.querySelector('a[href=\"./sub/\"]').click()");
      await page.waitForFunction("document.querySelector('h1')?.textContent === 'Index of /sub/'", null, {
        timeout: 5_000,
      });
      assert.deepEqual(errors, []);
      // And the policy is in force.
      assert.equal(await page.evaluate("fetch(location.href).then(() => true, () => false)"), false);
    } finally {
      await browser.close();
      await server.close({ deadlineMs: 100 });
    }
  });
});

/** Opens the page in a tab of its own. `lines` are those of the access log since then. */
async function loadedPage(
  context: BrowserContext,
  origin: string,
  command: Running,
): Promise<{ readonly loaded: unknown; readonly errors: readonly string[]; readonly lines: readonly Line[] }> {
  const before = accessLines(command).length;
  const page = await context.newPage();
  const errors = watched(page);
  await page.goto(origin);
  const loaded: unknown = await (await page.waitForFunction("window.loaded", null, { timeout: 20_000 })).jsonValue();
  await page.waitForLoadState("networkidle");
  await page.close();
  await until(5_000, "a line for the page", () => accessLines(command).length > before);
  return { loaded, errors, lines: accessLines(command).slice(before) };
}

function watched(page: Page): string[] {
  const errors: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("requestfailed", (request) => {
    // A player stops a transfer when it has enough.
    if (!request.url().endsWith(".webm")) errors.push(`${request.url()}: ${request.failure()?.errorText ?? "failed"}`);
  });
  return errors;
}

function accessLines(command: Running): Line[] {
  return command
    .stdout()
    .split("\n")
    .filter((text) => text.startsWith("{") && text.includes('"status"'))
    .map((text) => JSON.parse(text) as Line);
}

/** A second of moving picture, drawn and recorded in the browser itself. */
async function recordedClip(browser: Browser): Promise<Buffer> {
  const page = await browser.newPage();
  try {
    const base64 = await page.evaluate(`new Promise((resolve, reject) => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
      const pen = canvas.getContext("2d");
      let frame = 0;
      const draw = () => {
        pen.fillStyle = "hsl(" + (frame++ * 20) + " 80% 50%)";
        pen.fillRect(0, 0, 64, 48);
      };
      draw();
      const timer = setInterval(draw, 40);
      const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: "video/webm;codecs=vp8" });
      const parts = [];
      recorder.ondataavailable = ({ data }) => parts.push(data);
      recorder.onerror = reject;
      recorder.onstop = async () => {
        clearInterval(timer);
        const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
        resolve(btoa(String.fromCharCode(...bytes)));
      };
      recorder.start();
      setTimeout(() => recorder.stop(), 700);
    })`);
    return Buffer.from(String(base64), "base64");
  } finally {
    await page.close();
  }
}
