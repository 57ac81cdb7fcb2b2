// The notes of this process. A real app has a database; Next loads a module more than once, so they hang on globalThis.

const kept = (globalThis.exampleNotes ??= []);

export function notes() {
  return kept;
}

export function keep(text) {
  kept.push({ id: kept.length + 1, text });
  if (kept.length > 20) kept.shift();
}
