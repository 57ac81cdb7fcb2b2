// Reads a JSON document of an authority: its directory, or its advice on renewal. Neither needs a signature, and so neither
// needs the ACME library to be loaded.

import { request } from "node:https";
import { acmeFailure, problemFrom } from "./problem.ts";

const TIMEOUT_MS = 20_000;
const MAX_BYTES = 1024 * 1024;

/** A document, and how long it may be kept. */
export interface JsonDocument {
  readonly value: Readonly<Record<string, unknown>>;
  readonly retryAfter: string | null;
}

/**
 * GETs `url` over HTTPS. `rootPem` replaces the public trust anchors.
 *
 * @throws ServerError `ERR_CERTIFICATE` with a problem, within twenty seconds
 */
export async function getJson(url: string, rootPem: string | null, signal: AbortSignal): Promise<JsonDocument> {
  const where = new URL(url).host;
  const { status, text, retryAfter } = await exchange(
    url,
    rootPem,
    AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  ).catch((error: unknown) => {
    signal.throwIfAborted();
    throw acmeFailure(where, { type: "network", detail: reason(error), status: null, parts: [], retryAfterMs: null });
  });
  const value = parsed(text);
  if (status !== 200) throw acmeFailure(where, problemFrom(status, value, retryAfter, Date.now()));
  if (typeof value === "object" && value !== null) return { value: value as Record<string, unknown>, retryAfter };
  throw acmeFailure(where, { type: "malformed", detail: `${url} is not JSON`, status, parts: [], retryAfterMs: null });
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | null;
}

function exchange(url: string, rootPem: string | null, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { signal, agent: false, ...(rootPem === null ? {} : { ca: rootPem }) } as const;
    const outgoing = request(url, { ...options, headers: { "user-agent": "easyserver", accept: "application/json" } });
    outgoing.on("error", reject);
    outgoing.on("response", (incoming) => {
      let text = "";
      incoming.setEncoding("utf8");
      incoming.on("error", reject);
      incoming.on("data", (chunk: string) => {
        text += chunk;
        if (text.length > MAX_BYTES) incoming.destroy(new Error("the answer is too long"));
      });
      incoming.on("end", () => {
        resolve({ status: incoming.statusCode ?? 0, text, retryAfter: incoming.headers["retry-after"] ?? null });
      });
    });
    outgoing.end();
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** The innermost reason of a network failure, in words. */
export function reason(error: unknown): string {
  const { code, message, cause, errors } = (error ?? {}) as {
    code?: string;
    message?: string;
    cause?: unknown;
    errors?: unknown[];
  };
  if (Array.isArray(errors) && errors.length > 0) return errors.map(reason).join(", ");
  if (cause instanceof Error) return reason(cause);
  const text = message === undefined || message === "" ? String(error) : message;
  return code === undefined || text.includes(code) ? text : `${text} (${code})`;
}
