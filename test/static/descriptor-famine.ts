// A process of few descriptors: takes them all, asks for a small and a large file, lets go, and asks again.

import { closeSync, openSync } from "node:fs";
import { ask, phaseFor } from "./site.ts";

const mounts = { "/": process.argv[2] ?? "" };

// One for each attempt, made while there are descriptors to make them with: an answer of 200 would be remembered.
const phases = Array.from({ length: 200 }, () => phaseFor(mounts, { fallthrough: true }));
const taken: number[] = [];

function takeAll(): void {
  try {
    for (;;) taken.push(openSync("/dev/null", "r"));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EMFILE")) throw error;
  }
}

const lines: string[] = [];
for (const target of ["/a.txt", "/large.bin"]) {
  // The start of the process lets go of a descriptor now and then: the famine is made anew until it lasts for one request.
  let answer = { status: 0, retryAfter: "" };
  for (let attempt = 0; attempt < 100 && answer.status !== 503; attempt++) {
    takeAll();
    const { status, fields } = await ask(phases.pop()!, "GET", target);
    answer = { status, retryAfter: fields["retry-after"] ?? "" };
  }
  lines.push(`starved ${answer.status} ${answer.retryAfter}`);
}
for (const descriptor of taken) closeSync(descriptor);
const phase = phaseFor(mounts, { fallthrough: true });
for (const target of ["/a.txt", "/large.bin"]) lines.push(`fed ${(await ask(phase, "GET", target)).status}`);
process.stdout.write(`${lines.join("\n")}\n`);
