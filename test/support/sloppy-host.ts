// A host written in a hurry over node:net, with faults that can be switched on one by one: what the kit has to catch.

import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import * as fixture from "../../src/conformance/fixture.ts";

export type Fault =
  | "first-length-wins"
  | "any-host"
  | "any-method"
  | "joined-cookies"
  | "body-for-head"
  | "tells-errors"
  | "no-date"
  | "trusts-forwarding"
  | "keeps-after-close"
  | "short-bodies-are-whole"
  | "length-for-204"
  | "coerces-chunks"
  | "drops-rest"
  | "dies-of-a-throw";

export interface SloppyHost extends AsyncDisposable {
  readonly url: string;
}

/** Serves the fixture, one request after the other on each connection, bodies read whole. */
export async function sloppyHost(...faults: readonly Fault[]): Promise<SloppyHost> {
  const has = (fault: Fault): boolean => faults.includes(fault);
  const sockets = new Set<Socket>();
  const die = (): null => {
    server.close();
    for (const socket of sockets) socket.destroy();
    return null;
  };
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    let bytes = Buffer.alloc(0);
    let turn = Promise.resolve();
    let isEnded = false;
    const work = (): void => {
      turn = turn.then(async () => {
        while (socket.writable) {
          const rest = await one(socket, bytes, isEnded, has).catch(die);
          if (rest === null) return;
          bytes = Buffer.from(rest);
        }
      });
    };
    socket.on("data", (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      work();
    });
    socket.on("end", () => {
      isEnded = true;
      work();
      void turn.then(() => socket.end());
    });
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

type Has = (fault: Fault) => boolean;

/** Answers the first request in `bytes`; gives what is behind it, or `null` when there is none yet. */
async function one(socket: Socket, bytes: Buffer, isEnded: boolean, has: Has): Promise<Buffer | null> {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const [line = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const [method = "", target = ""] = line.split(" ");
  const fields = lines.map((text) => [text.split(":", 1)[0] ?? "", text.slice(text.indexOf(":") + 1).trim()] as const);
  const all = (name: string): string[] =>
    fields.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
  const lengths = all("content-length");
  const isAmbiguous = new Set(lengths).size > 1 && !has("first-length-wins");
  const isBadHost = all("host").length !== 1 && !has("any-host");
  const isBadMethod = /^(?:TRACE|TRACK|CONNECT|[a-z]+)$/.test(method) && !has("any-method");
  if (isAmbiguous || isBadHost || isBadMethod) {
    socket.end(`HTTP/1.1 ${isBadMethod ? 501 : 400} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    return null;
  }
  const length = Number(lengths[0] ?? 0);
  const body = bytes.subarray(end + 4, end + 4 + length);
  if (body.length < length && !(isEnded && has("short-bodies-are-whole"))) return null;
  const forwarded = has("trusts-forwarding") ? all("x-forwarded-host")[0] : undefined;
  const url = `http://${forwarded ?? all("host")[0] ?? "none"}${target}`;
  const init = { method, headers: fields.map(([name, value]) => [name, value] as [string, string]) };
  const hasBody = !/^(?:GET|HEAD)$/i.test(method);
  const request = new Request(url, { ...init, ...(hasBody && { body: new Uint8Array(body) }) });
  const isLast = /close/i.test(all("connection").join()) && !has("keeps-after-close");
  await answer(socket, request, isLast, has);
  return has("drops-rest") ? Buffer.alloc(0) : bytes.subarray(end + 4 + length);
}

async function answer(socket: Socket, request: Request, isLast: boolean, has: Has): Promise<void> {
  let response: Response;
  try {
    response = await fixture.fetch(request);
    if (!(response instanceof Response)) throw new TypeError("no Response");
  } catch (error) {
    if (has("dies-of-a-throw")) throw error;
    const text = has("tells-errors") ? String((error as Error | null)?.stack ?? error) : "";
    response = new Response(text, { status: 500 });
  }
  const content = await whole(response, has).catch(() => null);
  if (content === null) {
    socket.destroy();
    return;
  }
  const lines = [`HTTP/1.1 ${response.status} ${response.statusText}`];
  if (has("joined-cookies"))
    lines.push(...Object.entries(Object.fromEntries(response.headers)).map((e) => e.join(": ")));
  else lines.push(...[...response.headers].map((entry) => entry.join(": ")));
  const hasLength = response.status !== 204 || has("length-for-204");
  if (hasLength && !response.headers.has("content-length")) lines.push(`Content-Length: ${content.length}`);
  if (!has("no-date")) lines.push(`Date: ${new Date().toUTCString()}`);
  if (isLast) lines.push("Connection: close");
  const isBodyless = (request.method === "HEAD" && !has("body-for-head")) || response.status === 204;
  socket.write(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  if (!isBodyless) socket.write(content);
  if (isLast) socket.end();
}

async function whole(response: Response, has: Has): Promise<Buffer> {
  if (!has("coerces-chunks") || response.body === null) return Buffer.from(await response.arrayBuffer());
  const reader = response.body.getReader() as ReadableStreamDefaultReader<unknown>;
  const parts: Buffer[] = [];
  for (let step = await reader.read(); !step.done && parts.length < 2; step = await reader.read()) {
    parts.push(Buffer.from(step.value as string));
  }
  return Buffer.concat(parts);
}
