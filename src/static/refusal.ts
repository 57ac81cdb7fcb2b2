// What does the static phase say when it has no file to give? A small page or JSON for each status, never a path of the disk.

import type { Reply, RequestHead } from "../engine/engine.ts";
import { errorPage } from "./error-page.ts";

export type RefusalStatus = 400 | 403 | 404 | 405 | 412 | 416 | 500 | 503;

const SENTENCES: Readonly<Record<RefusalStatus, string>> = {
  400: "This is not a valid path.",
  403: "This may not be read.",
  404: "There is nothing here.",
  405: "Only GET and HEAD are possible here.",
  412: "The file has changed.",
  416: "The file does not reach that far.",
  500: "The file could not be read.",
  503: "Please try again in a moment.",
};

/** The methods of a file (A51). */
export const ALLOW: readonly string[] = ["allow", "GET, HEAD"];

const ADDED_FIELDS: Readonly<Partial<Record<RefusalStatus, readonly string[]>>> = {
  405: ALLOW,
  503: ["retry-after", "1"],
};

/** The reply for `status`, without its body for HEAD. `fields` are sent besides the usual ones. Never cached (A31). */
export function refusal(
  status: RefusalStatus,
  head: Pick<RequestHead, "method" | "field">,
  fields: readonly string[] = [],
): Reply {
  const page = errorPage(status, SENTENCES[status], head.field("accept"));
  const isHead = head.method === "HEAD";
  return {
    status,
    reason: "",
    fields: [
      ...page.fields,
      "cache-control",
      "no-store",
      "x-content-type-options",
      "nosniff",
      ...(ADDED_FIELDS[status] ?? []),
      ...fields,
    ],
    body: isHead ? null : page.body,
    sizeBytes: isHead ? Buffer.byteLength(page.body) : null,
    close: false,
  };
}
