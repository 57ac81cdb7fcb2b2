// What went wrong between us and an authority? The problem document (RFC 8555 section 6.7) as a failure that people can act on.

import { ServerError } from "../../errors.ts";

/** A failure of one request or one check, as the authority described it. */
export interface AcmeProblem {
  /** Last part of the problem's type, such as `rateLimited`, or what happened on the way: `network`, `malformed`. */
  readonly type: string;
  readonly detail: string;
  /** HTTP status, or `null` when there was no answer. */
  readonly status: number | null;
  /** What it said about single names. */
  readonly parts: readonly string[];
  /** How long it asked to be left alone, in milliseconds. */
  readonly retryAfterMs: number | null;
}

/** A failure that carries a problem as its cause. */
export function acmeFailure(where: string, problem: AcmeProblem): ServerError {
  const status = problem.status === null ? "" : ` (${problem.status})`;
  const parts = problem.parts.map((part) => `; ${part}`).join("");
  const hint = hintFor(problem);
  const sentence = `${where}: ${problem.type}${status}: ${problem.detail}${parts}`;
  return new ServerError("ERR_CERTIFICATE", hint === null ? sentence : `${sentence} Hint: ${hint}`, { cause: problem });
}

/** A failure that only another setting heals. */
export function settingsFailure(sentence: string): ServerError {
  const problem: AcmeProblem = { type: "settings", detail: sentence, status: null, parts: [], retryAfterMs: null };
  return new ServerError("ERR_CERTIFICATE", sentence, { cause: problem });
}

/** Our own limits hold an order back: nothing was asked of the authority. */
export function heldBack(label: string): ServerError {
  const detail = `${label} was asked often enough for now: the order waits.`;
  const problem: AcmeProblem = { type: PACED, detail, status: null, parts: [], retryAfterMs: null };
  return new ServerError("ERR_CERTIFICATE", detail, { cause: problem });
}

/** The word for that. */
export const PACED = "paced";

/** The problem that a failure carries, or `null`. */
export function problemOf(error: unknown): AcmeProblem | null {
  const cause: unknown = error instanceof ServerError ? error.cause : null;
  return typeof cause === "object" && cause !== null && "retryAfterMs" in cause ? (cause as AcmeProblem) : null;
}

/** Reads a body that should be a problem document; anything else is described by its status. */
export function problemFrom(status: number, body: unknown, retryAfter: string | null, now: number): AcmeProblem {
  const fields = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const type = typeof fields["type"] === "string" ? (fields["type"].split(":").at(-1) ?? "") : "";
  const subproblems = Array.isArray(fields["subproblems"]) ? (fields["subproblems"] as unknown[]) : [];
  return {
    type: type === "" ? "refused" : oneLine(type),
    detail: typeof fields["detail"] === "string" ? oneLine(fields["detail"]) : `the answer was ${status}`,
    status,
    parts: subproblems.slice(0, 10).map(partText),
    retryAfterMs: retryAfterOf(retryAfter, now),
  };
}

function partText(part: unknown): string {
  const fields = (part ?? {}) as { type?: unknown; detail?: unknown; identifier?: { value?: unknown } };
  return oneLine(
    [fields.identifier?.value, fields.type, fields.detail].filter((text) => typeof text === "string").join(" "),
  );
}

/** Milliseconds of a Retry-After field (RFC 9110 section 10.2.3), a day at most; `null` without one. */
export function retryAfterOf(field: string | null, now: number): number | null {
  if (field === null) return null;
  const ms = /^\d{1,9}$/u.test(field.trim()) ? Number(field) * 1000 : Date.parse(field) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 86_400_000) : null;
}

// What an authority writes reaches logs and terminals.
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- controls could drive the terminal
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/gu, " ").slice(0, 500);
}

function hintFor({ type, detail, status }: AcmeProblem): string | null {
  if (type === "connection")
    return "the authority must reach port 80 of this machine from outside: look at firewall and port mapping.";
  if (type === "dns")
    return "the name's A and AAAA records must exist and point here; an AAAA record that leads elsewhere fails, too.";
  if (type === "unauthorized")
    return "another machine answered for the name: look at its A and AAAA records, and at proxies before this one.";
  if (type === "caa") return "a CAA record of the name forbids this authority.";
  if (type === "externalAccountRequired") return "set --eab-kid and --eab-hmac-key with what the authority gave you.";
  if (type === "rateLimited" || status === 429) return "--staging has no such limits for trials.";
  if (type === "network" && /self.signed|unable to (?:verify|get)|certificate/iu.test(detail)) {
    return "a private authority's own root is given with --acme-root.";
  }
  if (type === "network" && /not yet valid|expired/iu.test(detail)) return "is the clock of this machine right?";
  return null;
}
