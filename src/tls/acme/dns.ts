// dns-01: a TXT record proves that we hold a name (RFC 8555 section 8.4). Who can write records is a plug-in of two functions.

import { Resolver } from "node:dns/promises";
import { isIP } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { ServerError } from "../../errors.ts";

/**
 * Writes and removes TXT records.
 *
 * One name may hold several values at the same time (`example.com` and `*.example.com` are proven under one name): `set` adds
 * one, `remove` takes away its own and no other. Names have no dot at the end. Both may reject; `remove` of what is not
 * there is no error.
 */
export interface DnsProvider {
  set(name: string, value: string): Promise<void>;
  remove(name: string, value: string): Promise<void>;
}

/** How long to wait until the world can see a record, and whom to ask. */
export interface PropagationSettings {
  /** Addresses of resolvers, with a port where it is not 53; empty for those of the system. */
  readonly resolvers: readonly string[];
  readonly timeoutMs: number;
  /** Where authoritative servers listen. 53, but for tests. */
  readonly port: number;
}

const POLL_MS = 1000;
const MAX_CNAMES = 8;

/** The name that holds the record: `_acme-challenge.<name>`, or where a CNAME there leads (delegated validation). */
export async function recordName(identifier: string, { resolvers }: PropagationSettings): Promise<string> {
  const resolver = resolverAt(resolvers);
  let name = `_acme-challenge.${identifier}`;
  for (let hop = 0; hop < MAX_CNAMES; hop++) {
    const [target] = await resolver.resolveCname(name).catch(() => []);
    if (target === undefined) break;
    name = target.toLowerCase().replace(/\.$/u, "");
  }
  return name;
}

/**
 * Waits until every authoritative server of the zone shows the value. Where none of them can be asked, because the network
 * lets no DNS out, the resolvers are asked instead.
 *
 * @throws ServerError `ERR_CERTIFICATE` when the time is over: an order would fail and count
 */
export async function propagated(
  name: string,
  value: string,
  settings: PropagationSettings,
  signal: AbortSignal,
): Promise<void> {
  const servers = await authoritativeServers(name, settings);
  const resolvers =
    servers.length === 0 ? [resolverAt(settings.resolvers)] : servers.map((server) => resolverAt([server]));
  const deadline = performance.now() + settings.timeoutMs;
  for (;;) {
    const answers = await Promise.all(resolvers.map((resolver) => shows(resolver, name, value)));
    const known = answers.filter((answer) => answer !== null);
    if (known.length > 0 && known.every(Boolean)) return;
    if (known.length === 0 && (await shows(resolverAt(settings.resolvers), name, value)) === true) return;
    if (performance.now() > deadline) {
      const seconds = Math.round(settings.timeoutMs / 1000);
      throw new ServerError(
        "ERR_CERTIFICATE",
        `The TXT record of ${name} was not visible at its name servers after ${seconds} s. Was it written to the right zone?`,
      );
    }
    await wait(POLL_MS, undefined, { signal, ref: false });
  }
}

/** `null` when the server gave no answer at all. */
async function shows(resolver: Resolver, name: string, value: string): Promise<boolean | null> {
  try {
    const records = await resolver.resolveTxt(name);
    return records.some((chunks) => chunks.join("") === value);
  } catch (error) {
    const { code } = error as { code?: string };
    return code === "ENODATA" || code === "ENOTFOUND" ? false : null;
  }
}

/** Addresses of the servers of the nearest zone above `name`; empty when they cannot be found. */
async function authoritativeServers(
  name: string,
  { resolvers, port }: PropagationSettings,
): Promise<readonly string[]> {
  const resolver = resolverAt(resolvers);
  for (let zone = name; zone.includes("."); zone = zone.slice(zone.indexOf(".") + 1)) {
    const servers = await resolver.resolveNs(zone).catch(() => []);
    if (servers.length === 0) continue;
    const addresses = await Promise.all(
      servers.map(async (server) => {
        const [first] = await resolver.resolve4(server).catch(() => resolver.resolve6(server).catch(() => []));
        return first === undefined ? [] : [isIP(first) === 6 ? `[${first}]:${port}` : `${first}:${port}`];
      }),
    );
    return addresses.flat();
  }
  return [];
}

function resolverAt(servers: readonly string[]): Resolver {
  const resolver = new Resolver({ timeout: 3000, tries: 2 });
  if (servers.length > 0) resolver.setServers([...servers]);
  return resolver;
}
