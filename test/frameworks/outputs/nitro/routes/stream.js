import { defineEventHandler } from "h3";

export default defineEventHandler(
  () =>
    new ReadableStream({
      async start(controller) {
        for (const part of ["one ", "two ", "three"]) {
          controller.enqueue(new TextEncoder().encode(part));
          await new Promise(setImmediate);
        }
        controller.close();
      },
    }),
);
