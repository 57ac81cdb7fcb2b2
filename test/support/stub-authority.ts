// An authority that misbehaves in ways a real one cannot be made to: an HTTPS server whose answers a test writes.

import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createLocalIssuer, ensureRoot } from "../../src/tls/local-ca.ts";
import { createFileStore } from "../../src/tls/store-file.ts";

/** A request that came, its signed payload opened. */
export interface StubRequest {
  readonly method: string;
  readonly path: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What the test answers; `null` leaves the request hanging. */
export type StubAnswer = {
  readonly status: number;
  readonly fields?: Readonly<Record<string, string>>;
  readonly body?: unknown;
} | null;

/** An authority of a test's own making. */
export interface StubAuthority extends SecureServer {
  readonly requests: readonly StubRequest[];
}

/** Starts one. `answer` is asked after nonces, the account and the directory have been answered as usual, unless it takes them. */
export async function stubAuthority(
  folder: string,
  answer: (request: StubRequest, url: string) => StubAnswer | undefined | Promise<StubAnswer | undefined>,
): Promise<StubAuthority> {
  const requests: StubRequest[] = [];
  const served = await secureServer(folder, (incoming, outgoing) => void handle(incoming, outgoing));
  const { url } = served;

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const request = await opened(incoming);
    requests.push(request);
    const own = await answer(request, url);
    const given = own === undefined ? usual(request, url) : own;
    if (given === null) return;
    const { status, fields = {}, body = "" } = given;
    const type = {
      "content-type": status < 400 ? "application/json" : "application/problem+json",
      "replay-nonce": "bm9uY2U",
    };
    outgoing.writeHead(status, { ...type, ...fields }).end(typeof body === "string" ? body : JSON.stringify(body));
  };

  return { ...served, requests };
}

/** Something that speaks HTTPS as localhost, and the root by which it is trusted. */
export interface SecureServer extends AsyncDisposable {
  readonly url: string;
  readonly rootFile: string;
  readonly rootPem: string;
}

export async function secureServer(folder: string, listener: RequestListener): Promise<SecureServer> {
  const store = createFileStore(folder);
  const { signal } = new AbortController();
  const issuer = createLocalIssuer(store, Date.now);
  const pair = await issuer.issue({ names: ["localhost"], replaces: null, keyPem: null, signal });
  const { certificatePem } = await ensureRoot(store, Date.now(), signal);
  const rootFile = join(folder, "stub-root.pem");
  writeFileSync(rootFile, certificatePem);
  const server = createServer({ cert: pair.chainPem, key: pair.keyPem }, listener);
  server.listen(0, "localhost");
  await once(server, "listening");
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    rootFile,
    rootPem: certificatePem,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function opened(incoming: IncomingMessage): Promise<StubRequest> {
  let text = "";
  for await (const chunk of incoming.setEncoding("utf8")) text += chunk as string;
  const jws = text === "" ? {} : (JSON.parse(text) as { payload?: string });
  const payload =
    jws.payload === undefined || jws.payload === "" ? "{}" : Buffer.from(jws.payload, "base64url").toString("utf8");
  return {
    method: incoming.method ?? "",
    path: incoming.url ?? "",
    payload: JSON.parse(payload) as Record<string, unknown>,
  };
}

function usual({ path }: StubRequest, url: string): StubAnswer {
  if (path === "/dir") {
    const names = ["newNonce", "newAccount", "newOrder", "revokeCert", "keyChange"];
    return { status: 200, body: Object.fromEntries(names.map((name) => [name, `${url}/${name}`])) };
  }
  if (path === "/newNonce") return { status: 200 };
  if (path === "/newAccount")
    return { status: 201, fields: { location: `${url}/account/1` }, body: { status: "valid" } };
  return { status: 404, body: { type: "urn:ietf:params:acme:error:malformed", detail: "no such thing" } };
}
