export function loader() {
  const body = new ReadableStream({
    async start(controller) {
      for (const part of ["one ", "two ", "three"]) {
        controller.enqueue(new TextEncoder().encode(part));
        await new Promise(setImmediate);
      }
      controller.close();
    },
  });
  return new Response(body, { headers: { "Content-Type": "text/plain" } });
}
