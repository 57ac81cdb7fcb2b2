// TXT records at Cloudflare, by three calls of its documented API (api.cloudflare.com, version 4). Their package brings every
// product of theirs, for three requests.

import { ServerError } from "../../errors.ts";
import type { DnsProvider } from "./dns.ts";

export interface CloudflareSettings {
  /** An API token with the permission "Zone, DNS, Edit" for the zones in question. */
  readonly token: string;
  /** Another address of the API, for tests and proxies. */
  readonly endpoint?: string | undefined;
}

const ENDPOINT = "https://api.cloudflare.com/client/v4";
const TIMEOUT_MS = 20_000;
const TTL_SECONDS = 60;

interface Envelope {
  readonly success?: boolean;
  readonly errors?: readonly { readonly code?: number; readonly message?: string }[];
  readonly result?: unknown;
}

export function cloudflare({ token, endpoint = ENDPOINT }: CloudflareSettings): DnsProvider {
  const base = endpoint.replace(/\/$/u, "");

  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const envelope = (await response.json().catch(() => ({}))) as Envelope;
    if (response.ok && envelope.success === true) return envelope.result;
    const reasons = (envelope.errors ?? []).map(({ code, message }) => `${message ?? ""} (${code ?? "?"})`).join(", ");
    throw new ServerError(
      "ERR_CERTIFICATE",
      `Cloudflare refused ${method} ${path.replace(/\?.*/u, "")}: ${response.status} ${reasons}`.trim(),
    );
  };

  /** The longest zone that ends the name and that the token may see. */
  const zoneOf = async (name: string): Promise<string> => {
    for (let zone = name; zone.includes("."); zone = zone.slice(zone.indexOf(".") + 1)) {
      const [found] = (await ask("GET", `/zones?name=${encodeURIComponent(zone)}`)) as readonly { id: string }[];
      if (found !== undefined) return found.id;
    }
    throw new ServerError("ERR_CERTIFICATE", `The Cloudflare token sees no zone for ${name}.`);
  };

  const recordsOf = async (zone: string, name: string, value: string): Promise<readonly string[]> => {
    const query = `type=TXT&name=${encodeURIComponent(name)}&per_page=100`;
    const records = await ask("GET", `/zones/${zone}/dns_records?${query}`);
    return (records as readonly { id: string; content: string }[])
      .filter(({ content }) => content.replaceAll('"', "") === value)
      .map(({ id }) => id);
  };

  return {
    async set(name, value) {
      const zone = await zoneOf(name);
      if ((await recordsOf(zone, name, value)).length > 0) return;
      await ask("POST", `/zones/${zone}/dns_records`, { type: "TXT", name, content: `"${value}"`, ttl: TTL_SECONDS });
    },
    async remove(name, value) {
      const zone = await zoneOf(name);
      for (const id of await recordsOf(zone, name, value)) await ask("DELETE", `/zones/${zone}/dns_records/${id}`);
    },
  };
}
