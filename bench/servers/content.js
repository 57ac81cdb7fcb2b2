// What do all servers answer with? The material only; each server builds its own reply from it for every request.

export const TEXT = "Hello, World!";
export const TEXT_TYPE = "text/plain;charset=UTF-8";
export const JSON_TYPE = "application/json";

/** A fresh object for each request, as a handler that looked something up would have. */
export const article = () => ({ hello: "world", id: 42, ok: true, tags: ["a", "b", "c"], price: 9.5 });

export const CHUNK_COUNT = 64;
export const CHUNK = new TextEncoder().encode("0123456789abcde\n".repeat(64));
