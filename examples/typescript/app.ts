// A handler in TypeScript, run as it is. Types are erased by tsx, which has to be installed beside easyserver.

import type { Context } from "easyserver";

export default function handler(request: Request, context: Context): Response {
  const { pathname } = new URL(request.url);
  const client: string = context.remote?.address ?? "a Unix socket";
  return Response.json({ pathname, client, httpVersion: context.httpVersion });
}
