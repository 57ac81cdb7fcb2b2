// Did the handler return what a host can send? The checks of a Response before a single octet of it is read.

import { fieldName, isFieldValue, isReason, parseLength } from "../http/header-list.ts";
import type { RuleId } from "../spec/registry.ts";
import type { Layer } from "./layer.ts";

/** Fields that belong to the host (H32). `connection`, `upgrade` and `content-length` have rules of their own. */
const HOST_FIELDS = ["date", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding"];

/** Statuses and the field without which they say nothing (A10). */
const COMPANIONS: Readonly<Record<number, string>> = { 401: "www-authenticate", 405: "allow", 426: "upgrade" };

/** Codings that a fetch client takes off a body by itself. */
const DECODED = /^(?:br|deflate|gzip|x-gzip|zstd)$/iu;

/** A comma inside one value that starts another cookie. The one of `Expires=Wed, 21 Oct` has no name and `=` behind it. */
const JOINED_COOKIE = /,\s*[\w!#$%&'*+.^`|~-]+=/u;

/** Marks of a Response that lose their meaning when its body is used (M8). */
const MARKS: readonly symbol[] = ["fsgi.pass-through", "fsgi.file"].map((name) => Symbol.for(name));

/** Guesses are advice; only what the text forbids in so many words is a fault. */
type Tell = (id: RuleId, message: string, advice: string, isGuess?: boolean) => void;

/** Tells every fault of a result to its layer, and whether it is a Response at all. */
export function judgeResult(layer: Layer, value: unknown): value is Response {
  const told: Tell = (id, message, advice, isGuess = false) =>
    layer.found({
      id,
      party: layer.callee,
      side: "handler",
      message,
      advice,
      ...(isGuess && { level: "should" as const }),
    });
  if (!isResponse(value)) {
    told("T1", `The handler returned ${naming(value)}.`, "Return a Response on every path.");
    return false;
  }
  const { status } = value;
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    told("H29", `The handler returned a Response with the status ${status}.`, "Use a status from 200 to 599.");
  }
  judgeSyntax(value, told);
  judgeFields(value, told);
  return true;
}

/** By shape, as a host judges (T6). */
function isResponse(value: unknown): value is Response {
  if (typeof value !== "object" || value === null) return false;
  const { status, headers, body } = value as Partial<Record<keyof Response, unknown>>;
  const { getSetCookie } = Object(headers) as { getSetCookie?: unknown };
  return typeof status === "number" && typeof getSetCookie === "function" && body !== undefined;
}

/** Nothing but a Response of another make can get this wrong. */
function judgeSyntax({ headers, statusText }: Response, told: Tell): void {
  if (statusText !== undefined && !isReason(statusText)) {
    told("H30", "The statusText has more than one line.", "Use a single line of latin-1.");
  }
  for (const [name, value] of headers) {
    if (fieldName(name) === null || !isFieldValue(value)) {
      told(
        "H30",
        `The header ${JSON.stringify(name)} has a name or value that cannot be sent.`,
        "Remove CR, LF and NUL.",
      );
    }
  }
}

function judgeFields({ headers, status, type, url, body }: Response, told: Tell): void {
  const own = HOST_FIELDS.find((name) => headers.has(name));
  if (own !== undefined) told("A2", `The response sets ${own}.`, "Leave it to the host.");
  const connection = headers.get("connection");
  if (connection !== null && connection.trim().toLowerCase() !== "close") {
    told("A2", `The response sets Connection: ${connection}.`, "Only close may be asked for.");
  }
  if (headers.has("upgrade") && status !== 426) told("A2", "The response sets upgrade.", "Use it with 426 only.");
  const length = headers.get("content-length");
  if (length !== null && parseLength(length) === null) {
    told("A2", `The response has the Content-Length "${length}".`, "Leave it out, or give the number of octets.");
  }
  const content = ["content-type", "content-length", "content-encoding"].find((name) => headers.has(name));
  if (content !== undefined && (status === 204 || status === 304)) {
    told("A3", `A ${status} has ${content}, but no content.`, "Leave the field out.", status === 304);
  }
  const companion = COMPANIONS[status];
  if (companion !== undefined && !headers.has(companion)) {
    told("A10", `A ${status} has no ${companion}.`, "Add it: the client cannot go on without.");
  }
  if (headers.getSetCookie().some((cookie) => JOINED_COOKIE.test(cookie))) {
    told("A4", "One Set-Cookie value looks like several cookies.", "Append each by itself.", true);
  }
  const coding = headers.get("content-encoding");
  // Only a Response of fetch() has a URL.
  if (coding !== null && DECODED.test(coding) && url !== "" && type !== "error" && body !== null) {
    told("A6", `A relayed response still says Content-Encoding: ${coding}.`, "Remove it and content-length.", true);
  }
}

/** A body that cannot be sent any more, or was sent before. `seen` is what this linter's handler returned so far. */
export function judgeFreshness(layer: Layer, response: Response, seen: WeakSet<object>): void {
  const { body } = response;
  if (body === null) return;
  const isUsed = response.bodyUsed || body.locked;
  const isMarked = MARKS.some((mark) => mark in response);
  const isOld = seen.has(response);
  seen.add(response);
  if (!isUsed && !isOld) return;
  const [id, message]: [RuleId, string] =
    isMarked && !isOld
      ? ["M8", "The body of a marked Response was started, and the Response forwarded."]
      : ["A1", isOld ? "A Response was returned a second time." : "The body of the Response was already used."];
  const advice = "Make a new Response for each request.";
  layer.found({ id, party: layer.callee, side: "handler", message, advice });
}

function naming(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  const name: unknown = (value.constructor as { name?: unknown } | undefined)?.name;
  return typeof name === "string" && name !== "" ? `an object of class ${name}` : "an object without a class";
}

// Where undici 6 (Node 20 and 22) keeps what a Response was made from; absent where it uses private fields.
const STATE: symbol | undefined = stateSymbol();

function stateSymbol(): symbol | undefined {
  const probe = new Response("probe");
  const symbols = [probe, Object.getPrototypeOf(probe) as object].flatMap((owner) =>
    Object.getOwnPropertySymbols(owner),
  );
  return symbols.find((symbol) => innerLength(probe, symbol) === 5);
}

function innerLength(response: object, symbol: symbol): unknown {
  const state = Reflect.get(response, symbol) as { body?: { length?: unknown; source?: unknown } | null } | null;
  if (typeof state !== "object" || state?.body?.source == null) return undefined;
  return state.body.length;
}

/** The number of octets of a body that is no stream, or `null` where the platform does not tell. */
export function knownSize(response: Response): number | null {
  const length = STATE === undefined ? undefined : innerLength(response, STATE);
  return typeof length === "number" ? length : null;
}
