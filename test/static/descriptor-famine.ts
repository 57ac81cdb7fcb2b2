// A process of few descriptors: takes them all, asks for a small and a large file, lets go, and asks again.

import { closeSync, openSync } from "node:fs";
import { createStatic } from "../../src/static/handler.ts";
import { ask } from "./site.ts";

const phase = createStatic({ "/": process.argv[2] ?? "" }, { fallthrough: true });

const taken: number[] = [];
try {
  for (;;) taken.push(openSync("/dev/null", "r"));
} catch (error) {
  if (!(error instanceof Error && "code" in error && error.code === "EMFILE")) throw error;
}

const lines: string[] = [];
for (const target of ["/a.txt", "/large.bin"]) {
  const { status, fields } = await ask(phase, "GET", target);
  lines.push(`starved ${status} ${fields["retry-after"]}`);
}
for (const descriptor of taken) closeSync(descriptor);
for (const target of ["/a.txt", "/large.bin"]) lines.push(`fed ${(await ask(phase, "GET", target)).status}`);
process.stdout.write(`${lines.join("\n")}\n`);
