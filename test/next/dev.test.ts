// Does development work behind easyserver: pages compiled when asked for, and an edit that comes to the browser by itself?

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { NO_CHROMIUM, startChromium } from "../support/chromium.ts";
import { ROOT } from "../package/source-tree.ts";
import { projectFrom, startCommand } from "./project.ts";
import { complaintsOf, hydrated } from "./walk.ts";

/** How long an edit may take on a busy machine, and how many there are. */
const EDIT_MS = 10_000;
const EDITS = 5;

describe("the Next example in development", { skip: NO_CHROMIUM }, () => {
  it("brings an edit to the open page by hot reloading: the document and its state stay", async () => {
    await using project = await projectFrom(join(ROOT, "examples/next"));
    await using server = await startCommand(project, "--mode", "development");
    const browser = await startChromium();
    try {
      const page = await browser.newPage();
      const complaints = complaintsOf(page);
      // By this name: Next refuses what other hosts ask of a server for development.
      await page.goto(`http://localhost:${server.port}`);
      await hydrated(page);
      await page.evaluate("window.sameDocument = true");
      const counter = join(project.folder, "app/counter.jsx");

      // An edit that comes before the page listens is for the next one.
      const source = await readFile(counter, "utf8");
      const arrived = `/Clicked [1-9]\\d* times over/.test(document.querySelector("main button").textContent)`;
      for (let edit = 1, isThere = false; !isThere; edit++) {
        assert.ok(edit <= EDITS, `none of ${EDITS} edits has come to the page: ${server.output()}`);
        await writeFile(counter, source.replace("times</button>", `times over</button>; // ${edit}`));
        isThere = await page.waitForFunction(arrived, null, { timeout: EDIT_MS }).then(
          () => true,
          () => false,
        );
      }
      assert.equal(await page.evaluate("window.sameDocument"), true);
      assert.deepEqual(complaints, []);
    } finally {
      await browser.close();
    }
    assert.equal(await server.stop(), 0, server.output());
  });
});
