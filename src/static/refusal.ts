// What does the static phase say when it has no file to give? One small text for each status, never a path of the disk.

import type { Reply } from "../engine/engine.ts";

export type RefusalStatus = 400 | 403 | 404 | 405 | 412 | 416 | 503;

const SENTENCES: Readonly<Record<RefusalStatus, string>> = {
  400: "Bad request: this is not a valid path.\n",
  403: "Forbidden.\n",
  404: "Not found.\n",
  405: "Method not allowed: only GET and HEAD are.\n",
  412: "Precondition failed: the file has changed.\n",
  416: "Range not satisfiable: the file does not reach that far.\n",
  503: "Busy: please try again in a moment.\n",
};

/** The methods of a file (A51). */
export const ALLOW: readonly string[] = ["allow", "GET, HEAD"];

const ADDED_FIELDS: Readonly<Partial<Record<RefusalStatus, readonly string[]>>> = {
  405: ALLOW,
  503: ["retry-after", "1"],
};

/** The reply for `status`, without its body for HEAD. `fields` are sent besides the usual ones. Never cached (A31). */
export function refusal(status: RefusalStatus, method: string, fields: readonly string[] = []): Reply {
  const sentence = SENTENCES[status];
  const isHead = method === "HEAD";
  return {
    status,
    reason: "",
    fields: [
      "content-type",
      "text/plain; charset=utf-8",
      "cache-control",
      "no-store",
      "x-content-type-options",
      "nosniff",
      ...(ADDED_FIELDS[status] ?? []),
      ...fields,
    ],
    body: isHead ? null : sentence,
    sizeBytes: isHead ? sentence.length : null,
    close: false,
  };
}
