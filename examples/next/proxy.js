// Runs before a page is rendered. Files have no need of it, so the matcher leaves them out: easyserver then serves them natively.

import { NextResponse } from "next/server";

export function proxy(request) {
  if (request.nextUrl.pathname === "/old-notes") return NextResponse.redirect(new URL("/notes", request.url));
  const response = NextResponse.next();
  response.headers.set("x-proxy", request.nextUrl.pathname);
  return response;
}

export const config = { matcher: ["/((?!_next/static|_next/image|.*\\.(?:png|svg)$).*)"] };
