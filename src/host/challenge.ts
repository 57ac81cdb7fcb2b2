// The phase that proves control of a name to a certificate authority (RFC 8555 section 8.3).

import type { Exchange, Reply } from "../engine/engine.ts";
import { plainReply } from "../engine/response.ts";
import { hostOf } from "../http/server-name.ts";
import type { Phase } from "./dispatch.ts";

const PREFIX = "/.well-known/acme-challenge/";
const TOKEN = /^[\w-]+$/;

/** What `answer` gives for the token of a request; 404 when that is nothing. No other phase ever sees these paths. */
export function createChallengePhase(
  answer: (host: string, token: string) => string | null | Promise<string | null>,
): Phase {
  return (exchange) => {
    if (!exchange.path.startsWith(PREFIX)) return null;
    const token = exchange.path.slice(PREFIX.length);
    if (!TOKEN.test(token) || !isRead(exchange)) return plainReply(404);
    const content = answer(hostOf(exchange.authority), token);
    return content instanceof Promise ? content.then(replyWith) : replyWith(content);
  };
}

function isRead({ method }: Exchange): boolean {
  return method === "GET" || method === "HEAD";
}

function replyWith(content: string | null): Reply {
  if (content === null) return plainReply(404);
  const fields = ["content-type", "text/plain", "cache-control", "no-store"];
  return { status: 200, reason: "", fields, body: content, sizeBytes: null, close: false };
}
