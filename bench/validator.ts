// How does a client ask whether what it holds is still good? With what the server said when it gave it.

import { ask } from "./check.ts";
import type { ExpectedReply, LoadRequest } from "./load.ts";

/** What every server should answer then. */
export const notModified: ExpectedReply = { status: 304, contentType: null, framing: "content-length", body: "" };

/** `request` as it is repeated by a browser: with the tag of the first answer, or else with its date. @throws without either. */
export async function withValidator(origin: string, request: LoadRequest): Promise<LoadRequest> {
  const { rawHeaders } = await ask(origin, request);
  const valueOf = (name: string): string | undefined =>
    rawHeaders[rawHeaders.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === name) + 1];
  const names = rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
  const fields: Record<string, string> = { ...request.fields };
  if (names.includes("etag")) fields["if-none-match"] = valueOf("etag") ?? "";
  else if (names.includes("last-modified")) fields["if-modified-since"] = valueOf("last-modified") ?? "";
  else throw new Error(`${request.target} has neither a tag nor a date to ask with`);
  return { ...request, fields };
}
