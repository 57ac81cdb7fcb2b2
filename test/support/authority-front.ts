// What Debian's pebble has not: renewal windows (RFC 9773). A server in front of it that adds them and passes on the rest.

import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { request } from "node:https";
import type { Pebble } from "./pebble.ts";
import { secureServer, type SecureServer } from "./stub-authority.ts";

/** When a certificate is to be renewed, as the authority answers. */
export interface Advice {
  readonly start: number;
  readonly end: number;
}

export interface AuthorityFront extends SecureServer {
  readonly directoryUrl: string;
  /** The ids that were asked about, in order. */
  readonly asked: readonly string[];
  /** The payloads of orders, in order. */
  readonly orders: readonly Readonly<Record<string, unknown>>[];
  /** What it says from here on. */
  advice: Advice;
}

/** Puts a front before `pebble`. Its root and its URL stand for the authority's. */
export async function authorityFront(pebble: Pebble, folder: string, advice: Advice): Promise<AuthorityFront> {
  const asked: string[] = [];
  const orders: Record<string, unknown>[] = [];
  const served = await secureServer(folder, (incoming, outgoing) => void handle(incoming, outgoing));
  const front = { ...served, directoryUrl: `${served.url}/dir`, asked, orders, advice };

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { url: path = "" } = incoming;
    const [, id] = /^\/renewal-info\/(.+)$/u.exec(path) ?? [];
    if (id !== undefined) {
      asked.push(id);
      const { start, end } = front.advice;
      const window = { start: new Date(start).toISOString(), end: new Date(end).toISOString() };
      outgoing.writeHead(200, { "content-type": "application/json", "retry-after": "21600" });
      outgoing.end(JSON.stringify({ suggestedWindow: window }));
      return;
    }
    let body = "";
    for await (const chunk of incoming.setEncoding("utf8")) body += chunk as string;
    if (path.includes("order-plz")) orders.push(payloadOf(body));
    const answer = await passOn(pebble, incoming, body);
    const text = path === "/dir" ? withWindows(answer.text, served.url) : answer.text;
    delete answer.headers["content-length"];
    outgoing.writeHead(answer.status, answer.headers).end(text);
  };
  return front;
}

function payloadOf(jws: string): Record<string, unknown> {
  const { payload = "" } = JSON.parse(jws) as { payload?: string };
  return JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as Record<string, unknown>;
}

function withWindows(directory: string, url: string): string {
  return JSON.stringify({ ...(JSON.parse(directory) as object), renewalInfo: `${url}/renewal-info` });
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
  readonly text: string;
}

// The Host stays: pebble's URLs then lead to the front, and the URLs that were signed are right.
function passOn(pebble: Pebble, { method, url, headers }: IncomingMessage, body: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const to = new URL(url ?? "/", pebble.directoryUrl);
    const options = {
      method,
      headers,
      ca: readFileSync(pebble.rootFile),
      servername: "localhost",
      agent: false,
    } as const;
    request(to, options, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      incoming.on("end", () => {
        resolve({ status: incoming.statusCode ?? 500, headers: incoming.headers as Answer["headers"], text });
      });
    })
      .on("error", reject)
      .end(body);
  });
}
