// Did the caller keep its side when it called? The checks of the Request and the Context, before the handler runs.

import type { Context, Endpoint } from "../contract.ts";
import { parseContentLength } from "../http/framing.ts";
import { methodStatus } from "../http/method.ts";
import type { RuleId } from "../spec/registry.ts";
import type { Layer } from "./layer.ts";

/** Features and the member each of them comes with (T4). */
const MEMBERS = {
  websocket: "upgradeWebSocket",
  informational: "sendInformational",
  trailers: "setTrailers",
} as const satisfies Partial<Record<string, keyof Context>>;

/** Fields that speak of a connection. `connection` and `upgrade` come with an upgrade offer (H57). */
const CONNECTION_FIELDS = ["transfer-encoding", "keep-alive", "proxy-connection", "expect"];

const VERSIONS = new Set(["1.0", "1.1", "2", "3"]);

/** Tells every fault of a call to its layer. */
export function judgeCall(layer: Layer): void {
  const told = (id: RuleId, message: string, advice: string): void =>
    layer.found({ id, party: layer.caller, side: "host", message, advice });
  judgeRequest(layer, told);
  if (layer.outer !== null) return;
  judgeTarget(layer, told);
  judgeContext(layer.context, layer.request, told);
}

type Tell = (id: RuleId, message: string, advice: string) => void;

function judgeRequest({ request, outer }: Layer, told: Tell): void {
  if (!(request instanceof Request)) told("H15", "The request is no Request of this realm.", "Pass a genuine Request.");
  if (request === outer?.request) return;
  const { method, headers } = request;
  if (methodStatus(method) !== 0) told("H4", `The method is "${method}".`, "Answer it without the handler.");
  if ((method === "GET" || method === "HEAD") && request.body !== null) {
    told("H14", `A ${method} request has a body.`, "Give it none, and consume the content.");
  }
  const shown = CONNECTION_FIELDS.find((name) => headers.has(name));
  const te = headers.get("te");
  if (shown !== undefined || (te !== null && te.trim().toLowerCase() !== "trailers")) {
    told("H13", `The request shows the field ${shown ?? "te"}.`, "Hide the fields of the connection.");
  }
  const length = headers.get("content-length");
  if (length !== null && !(parseContentLength(length) >= 0)) {
    told("H1", `The request has the Content-Length "${length}".`, "Answer 400 and close.");
  }
}

function judgeTarget({ request, context }: Layer, told: Tell): void {
  const url = URL.canParse(request.url) ? new URL(request.url) : null;
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    told("H8", `The URL is "${request.url}".`, "Join scheme, authority and target.");
    return;
  }
  if (url.username !== "" || url.password !== "") told("H6", "The URL has userinfo.", "Answer 400.");
  if (request.url.includes("#")) told("H5", "The URL has a fragment.", "Answer 400 to a target with #.");
  url.hash = "";
  const { target } = context;
  if (typeof target !== "string" || !target.startsWith("/")) return;
  const joined = `${url.origin}${target}`;
  if (URL.canParse(joined) && new URL(joined).href !== url.href) {
    told("H8", `The URL "${request.url}" does not belong to the target "${target}".`, "Join them, and parse once.");
  }
  const host = request.headers.get("host");
  // A trusted proxy may have named another authority (H9); then the client's address is not the socket's either.
  if (host === null || context.remote?.address !== context.peer?.address) return;
  const isHost = URL.canParse(`${url.protocol}//${host}`);
  if (!isHost || new URL(`${url.protocol}//${host}`).host !== url.host) {
    told("H3", `Host is "${host}" and the URL says "${url.host}".`, "Let both come from the same request.");
  }
}

function judgeContext(context: Context, request: Request, told: Tell): void {
  if (context.request !== request) {
    told("T1", "context.request is not the first argument.", "Make it the same object.");
  }
  if (context.contract !== 1) {
    told("T5", `context.contract is ${String(context.contract)}.`, "Make it the number of the major version, 1.");
  }
  if (context.signal !== request.signal) {
    told("H25", "context.signal is not request.signal.", "Make it the same object.");
  }
  if (typeof context.completed?.then !== "function") told("H28", "context.completed is no promise.", "Add it.");
  if (typeof context.waitUntil !== "function") told("H51", "context.waitUntil is no function.", "Add it.");
  if (typeof context.passThrough !== "function") told("D7", "context.passThrough is no function.", "Add it.");
  if (typeof context.target !== "string") told("H10", "context.target is no string.", "Add the raw target.");
  if (!VERSIONS.has(context.httpVersion)) {
    told("H50", `context.httpVersion is ${String(context.httpVersion)}.`, 'Make it "1.0", "1.1", "2" or "3".');
  }
  judgeEndpoints(context, told);
  judgeFeatures(context, told);
  const isBag = (value: unknown): value is object => typeof value === "object" && value !== null;
  if (!isBag(context.state) || !isBag(context.app)) {
    told("H52", "context.state or context.app is no object.", "Make both objects.");
  } else if (Reflect.ownKeys(context.state).length > 0) {
    told("H52", `context.state has ${String(Reflect.ownKeys(context.state)[0])} before the call.`, "Start empty.");
  }
}

function judgeEndpoints(context: Context, told: Tell): void {
  for (const name of ["remote", "peer", "local"] as const) {
    const endpoint: unknown = context[name];
    if (endpoint === null || isEndpoint(endpoint)) continue;
    told("H50", `context.${name} is no endpoint.`, "Give address, port and family, or null.");
  }
  if (context.tls !== null && typeof context.tls !== "object") {
    told("H50", "context.tls is neither an object nor null.", "Give null for plaintext.");
  }
}

function isEndpoint(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { address, port, family } = value as Partial<Record<keyof Endpoint, unknown>>;
  const isKnown = family === "IPv4" || family === "IPv6" || family === "unix";
  // An IPv4 address inside an IPv6 one has to be told as IPv4.
  return typeof address === "string" && typeof port === "number" && isKnown && !address.startsWith("::ffff:");
}

function judgeFeatures(context: Context, told: Tell): void {
  const { supports } = context;
  if (typeof supports?.has !== "function") {
    told("T4", "context.supports is no Set.", "Make it a Set of the names of features.");
    return;
  }
  for (const [feature, member] of Object.entries(MEMBERS)) {
    const isNamed = supports.has(feature as keyof typeof MEMBERS);
    const isThere = typeof context[member] === "function";
    if (isNamed === isThere) continue;
    const found = isNamed ? "is named in supports, but" : "is a function, but";
    told(
      "T4",
      `context.${member} ${found} ${isNamed ? `${member} is no function` : `"${feature}" is not in supports`}.`,
      "Offer both or neither.",
    );
  }
}
