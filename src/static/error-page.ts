// How does a refusal look to the client? A page for people, JSON for programs that ask for it (A57).

import { STATUS_CODES } from "node:http";
import { preferredType } from "../http/accept.ts";
import { escapeHtml, type Page, page } from "./page.ts";

/** In the server's order: who does not care gets the page. */
const KINDS = ["text/html", "application/json", "application/problem+json"] as const;

type Kind = (typeof KINDS)[number];

/** What was made once: refusals are few, and an engine may keep what it made of an array of fields. */
const made = new Map<string, Page>();

// A caller that made sentences up per request must not fill memory.
const MADE_MAX = 256;

/**
 * The body for `status` and the fields that describe it. `sentence` is text for people; it must not name files of the disk.
 *
 * JSON has the members of RFC 9457: `title`, `status`, `detail`. Equal arguments give the same object each time.
 */
export function errorPage(status: number, sentence: string, accept: string | null): Page {
  const kind = preferredType(accept, KINDS) ?? "text/html";
  const key = `${status} ${kind} ${sentence}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const answer = make(status, sentence, kind);
  if (made.size < MADE_MAX) made.set(key, answer);
  return answer;
}

function make(status: number, sentence: string, kind: Kind): Page {
  const title = STATUS_CODES[status] ?? "Error";
  const vary = ["vary", "accept"];
  if (kind === "text/html") return page(`${status} ${title}`, `<p>${escapeHtml(sentence)}</p>\n`, vary);
  const body = `${JSON.stringify({ title, status, detail: sentence })}\n`;
  return { body, fields: ["content-type", kind, ...vary] };
}
