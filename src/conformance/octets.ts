// Requests as octets, one character each.

/** A well-formed HTTP/1.1 head and what follows it. `lines` come after Host. */
export function message(method: string, target: string, lines: readonly string[] = [], body = ""): string {
  return [`${method} ${target} HTTP/1.1`, "Host: a.example", ...lines, "", body].join("\r\n");
}

export function get(target = "/", lines: readonly string[] = []): string {
  return message("GET", target, lines);
}

/** With a Content-Length that is right. */
export function post(target: string, body: string, lines: readonly string[] = []): string {
  return message("POST", target, [`Content-Length: ${body.length}`, ...lines], body);
}

/** One chunk for each text, and the last one. */
export function chunked(...texts: readonly string[]): string {
  return [...texts, ""].map((text) => `${text.length.toString(16)}\r\n${text}\r\n`).join("");
}
