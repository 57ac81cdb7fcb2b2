// What a listener throws, or rejects with, and nobody catches: node:http would end the process (H45, H47).

import { ServerError } from "../../src/index.ts";
import { AROUND, CARRIER, OUTCOME, type Outgoing, SENT } from "./bridge-state.ts";

const NO_FIELDS: readonly string[] = ["content-type", "text/plain; charset=utf-8", "cache-control", "no-store"];

/** 500 where nothing was sent yet, a cut connection where something was; the failure itself is reported once. */
export function failListener(response: Outgoing, error: unknown): void {
  const carrier = response[CARRIER];
  const around = response[AROUND];
  if (carrier === undefined || response[OUTCOME] !== null) {
    around.report(error);
    return;
  }
  if (response[SENT]) {
    around.report(error);
    carrier.abort(error);
    return;
  }
  response[SENT] = true;
  response.finished = true;
  response._header ??= "HTTP/1.1 500 Internal Server Error\r\n\r\n";
  if (carrier.fail !== undefined) {
    carrier.fail(error);
    return;
  }
  around.report(error);
  const status = error instanceof ServerError ? (error.status ?? 500) : 500;
  response.statusCode = status;
  carrier.send({ status, reason: "", fields: NO_FIELDS, body: reasonOf(status), sizeBytes: null, close: false });
}

function reasonOf(status: number): string {
  if (status === 413) return "Payload Too Large";
  return status === 408 ? "Request Timeout" : "Internal Server Error";
}
