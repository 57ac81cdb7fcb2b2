// A browser's way through the example: everything that is more than a page of text.

import { startChromium, type Page } from "../support/chromium.ts";

const PATIENCE_MS = 20_000;

/** Gives what the browser complained of. @throws when a station is not reached. */
export async function walk(origin: string): Promise<readonly string[]> {
  const browser = await startChromium();
  try {
    const page = await browser.newPage();
    const complaints = complaintsOf(page);
    await page.goto(origin);
    await hydrated(page);
    await scaledPicture(page);
    await page.evaluate("window.sameDocument = true");
    await follow(page, "/notes", "Notes");
    await addNote(page, "a note from a browser");
    await follow(page, "/slow", "Streaming");
    await reached(page, "document.querySelector('#late')?.textContent.includes('in the same response')");
    await follow(page, "/", "A Next app on easyserver");
    // Loaded at once, too, with the part that comes later in its place.
    await page.goto(`${origin}/slow`);
    await reached(page, "document.querySelector('#late')?.textContent.includes('in the same response')");
    return complaints;
  } finally {
    await browser.close();
  }
}

/** Clicked until React answers. */
export async function hydrated(page: Page): Promise<void> {
  const click = `(() => {
    const button = document.querySelector("main button");
    button?.click();
    return /Clicked [1-9]/.test(button?.textContent ?? "");
  })()`;
  await reached(page, click);
}

async function scaledPicture(page: Page): Promise<void> {
  const image = "document.querySelector('img')";
  await reached(
    page,
    `${image}.complete && ${image}.naturalWidth > 0 && ${image}.currentSrc.includes("/_next/image?")`,
  );
}

/** By the client's router: the document stays. */
async function follow(page: Page, path: string, heading: string): Promise<void> {
  await page.evaluate(`document.querySelector('nav a[href="${path}"]').click()`);
  await reached(
    page,
    `document.querySelector("h1")?.textContent === ${JSON.stringify(heading)} && window.sameDocument`,
  );
}

async function addNote(page: Page, text: string): Promise<void> {
  await page.evaluate(`(() => {
    const form = document.querySelector("form");
    form.elements.text.value = ${JSON.stringify(text)};
    form.requestSubmit();
  })()`);
  await reached(
    page,
    `document.querySelector("ul")?.textContent.includes(${JSON.stringify(text)}) && window.sameDocument`,
  );
}

export async function reached(page: Page, condition: string): Promise<void> {
  await page.waitForFunction(condition, null, { timeout: PATIENCE_MS });
}

export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  return complaints;
}
