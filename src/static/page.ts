// What do the server's own pages have in common? One small document, safe to fill with any text, that needs no script.

import { createHash } from "node:crypto";

/** A page and the fields that belong to it. */
export interface Page {
  readonly body: string;
  /** name, value, name, value … */
  readonly fields: readonly string[];
}

// System fonts and both colour schemes, as nothing may be loaded. One column that narrows with the window.
const STYLE =
  ":root{color-scheme:light dark}" +
  "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:2rem 1rem;overflow-wrap:anywhere}" +
  "h1{font-size:1.4rem;line-height:1.3;margin:0 0 1rem}" +
  "p{margin:0 0 1rem}" +
  "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}" +
  "th,td{text-align:left;vertical-align:baseline;padding:.35rem 1rem .35rem 0;border-bottom:1px solid #8884}" +
  "th:first-child,td:first-child{width:100%}" +
  "td+td,th+th{white-space:nowrap}" +
  ".size{text-align:right}" +
  "a{display:inline-block;padding:.1rem 0}" +
  "@media(max-width:30rem){.time{display:none}}";

const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");

/** Nothing may run or load: a name that got past the escaping would still do nothing. */
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** A document with `title` as its title and heading. `title` is text, `content` is HTML. `fields` come on top. */
export function page(title: string, content: string, fields: readonly string[] = []): Page {
  const text = escapeHtml(title);
  const body =
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n' +
    '<meta name="viewport" content="width=device-width,initial-scale=1">\n' +
    `<title>${text}</title>\n<style>${STYLE}</style>\n</head>\n<body>\n<main>\n<h1>${text}</h1>\n${content}</main>\n</body>\n</html>\n`;
  return { body, fields: ["content-type", "text/html; charset=utf-8", "content-security-policy", POLICY, ...fields] };
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** `text` as it may stand in HTML text and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? "");
}
