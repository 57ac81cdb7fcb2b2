// The body that every project streams: the copy of this file in its folder is a part of what is built.

/** Three pieces, each in a turn of its own. */
export function pieces() {
  return new ReadableStream({
    async start(controller) {
      for (const part of ["one ", "two ", "three"]) {
        controller.enqueue(new TextEncoder().encode(part));
        await new Promise(setImmediate);
      }
      controller.close();
    },
  });
}
