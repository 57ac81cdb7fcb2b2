// What stands between these settings and a server that works? One function for each question; each answers in a sentence.

import { readFileSync } from "node:fs";
import { once } from "node:events";
import { Resolver } from "node:dns/promises";
import { connect, createServer, isIP } from "node:net";
import { networkInterfaces } from "node:os";
import type { ResolvedOptions } from "../options.ts";
import { openStore } from "../tls/open.ts";
import { certificateProblems } from "../tls/settings.ts";
import { subjectName } from "../tls/names.ts";
import { checkStore } from "../tls/store.ts";
import { resetWarning } from "../workers/migration.ts";

/** One answer. `warn` is for what may be meant so. */
export interface Finding {
  readonly check: string;
  readonly level: "ok" | "warn" | "fail";
  readonly message: string;
}

const finding = (check: string, level: Finding["level"], message: string): Finding => ({ check, level, message });

/** Settings that are right one by one, and wrong together. */
export function checkSettings(settings: ResolvedOptions): readonly Finding[] {
  const problems = certificateProblems(settings);
  if (problems.length > 0) return problems.map((problem) => finding("settings", "fail", problem));
  return [finding("settings", "ok", "valid")];
}

const WRITTEN_MS = Date.UTC(2026, 10, 1);

export function checkClock(now: number): Finding {
  const time = new Date(now).toISOString();
  if (now >= WRITTEN_MS) return finding("clock", "ok", time);
  return finding("clock", "fail", `${time} is before this program was written: certificates will look not yet valid`);
}

export function checkLibc(): Finding {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  if (header.glibcVersionRuntime === undefined) {
    return finding("glibc", "warn", "not there: packaged builds of uWebSockets.js need it, the node engine does not");
  }
  return finding("glibc", "ok", header.glibcVersionRuntime);
}

const FEW_DESCRIPTORS = 4096;

/** `limits` is the text of /proc/self/limits, where there is one. */
export function checkDescriptors(limits: string | null = readLimits()): Finding {
  const [, soft = ""] = /^Max open files\s+(\S+)/mu.exec(limits ?? "") ?? [];
  if (soft === "") return finding("ulimit", "warn", "unknown on this system");
  if (soft === "unlimited" || Number(soft) >= FEW_DESCRIPTORS) return finding("ulimit", "ok", `${soft} open files`);
  return finding(
    "ulimit",
    "warn",
    `${soft} open files are that many connections at most: ulimit -n 65536, or LimitNOFILE= in the unit`,
  );
}

function readLimits(): string | null {
  try {
    return readFileSync("/proc/self/limits", "utf8");
  } catch {
    return null;
  }
}

/** Whether workers can be replaced without a client noticing. */
export function checkReload(): Finding {
  const warning = resetWarning();
  return warning === null ? finding("reload", "ok", "loses no client") : finding("reload", "warn", warning);
}

export async function checkStorage(settings: ResolvedOptions): Promise<Finding> {
  try {
    const opened = await openStore(settings);
    try {
      await checkStore(opened, `check-${process.pid}`);
      return finding("store", "ok", `${opened.label} takes, gives back and forgets`);
    } finally {
      await opened.close();
    }
  } catch (error) {
    return finding("store", "fail", (error as Error).message);
  }
}

/** Whether a port can be opened, or is open already and answers from here. */
export async function checkPort(host: string, port: number): Promise<Finding> {
  const check = `port ${port}`;
  const probe = createServer().listen({ port, host });
  try {
    await once(probe, "listening");
    probe.close();
    return finding(check, "ok", "free, and this user may open it");
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code === "EADDRINUSE") {
      const reached = await answers(port);
      const what = reached
        ? "in use, and answers from here: right if that is easyserver"
        : "in use, and does not answer from here";
      return finding(check, "warn", what);
    }
    if (code !== "EACCES") return finding(check, "fail", message);
    const fix =
      "sudo sysctl net.ipv4.ip_unprivileged_port_start=80, or AmbientCapabilities=CAP_NET_BIND_SERVICE in the unit";
    return finding(check, "fail", `this user may not open it: ${fix}`);
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "localhost", timeout: 2000 });
    const done = (reached: boolean) => (): void => {
      socket.destroy();
      resolve(reached);
    };
    socket.once("connect", done(true)).once("error", done(false)).once("timeout", done(false));
  });
}

/** Where a name leads, and whom it allows to vouch for it. Asks the resolvers of the settings. */
export async function checkName(
  written: string,
  { dnsResolvers, acmeDirectory }: ResolvedOptions,
): Promise<readonly Finding[]> {
  const name = subjectName(written);
  if ("fault" in name || name.scope === "local" || name.kind === "ip") return [];
  const resolver = new Resolver({ timeout: 3000, tries: 2 });
  if (dnsResolvers.length > 0) resolver.setServers([...dnsResolvers]);
  const bare = name.name.replace(/^\*\./u, "");
  const caa = await checkCaa(resolver, name.name, bare, acmeDirectory);
  return name.kind === "wildcard" ? [caa] : [await checkAddresses(resolver, bare), caa];
}

async function checkAddresses(resolver: Resolver, name: string): Promise<Finding> {
  const check = `dns ${name}`;
  const found = await Promise.all([resolver.resolve4(name).catch(() => []), resolver.resolve6(name).catch(() => [])]);
  const addresses = found.flat();
  if (addresses.length === 0) return finding(check, "fail", "has no A or AAAA record: no authority can look for it");
  const own = Object.values(networkInterfaces()).flatMap((entries) => (entries ?? []).map(({ address }) => address));
  const strange = addresses.filter((address) => !own.includes(address));
  if (strange.length === 0) return finding(check, "ok", `leads here (${addresses.join(", ")})`);
  const version = strange.some((address) => isIP(address) === 6)
    ? " A wrong AAAA record alone makes an order fail."
    : "";
  return finding(
    check,
    "warn",
    `leads to ${strange.join(", ")}, no address of this machine: right behind NAT or a load balancer.${version}`,
  );
}

// What the public authorities call themselves in CAA records.
const CAA_NAMES: Readonly<Record<string, string>> = {
  letsencrypt: "letsencrypt.org",
  zerossl: "sectigo.com",
  google: "pki.goog",
};

async function checkCaa(
  resolver: Resolver,
  name: string,
  bare: string,
  authorities: readonly string[],
): Promise<Finding> {
  const check = `caa ${name}`;
  // RFC 8659 section 3: the nearest name that has any record decides.
  for (let at = bare; at.includes("."); at = at.slice(at.indexOf(".") + 1)) {
    const records = await resolver.resolveCaa(at).catch(() => []);
    if (records.length === 0) continue;
    const wild = records.flatMap(({ issuewild }) => (issuewild === undefined ? [] : [issuewild]));
    const plain = records.flatMap(({ issue }) => (issue === undefined ? [] : [issue]));
    const allowed = name.startsWith("*.") && wild.length > 0 ? wild : plain;
    const wanted = authorities.flatMap((authority) => CAA_NAMES[authority] ?? []);
    if (allowed.length === 0 || wanted.length === 0)
      return finding(check, "ok", `${at} has records that do not matter here`);
    const names = allowed.map((value) => value.replace(/;.*$/u, "").trim());
    if (wanted.some((authority) => names.includes(authority)))
      return finding(check, "ok", `${at} allows ${names.join(", ")}`);
    return finding(check, "fail", `${at} allows ${names.join(", ") || "nobody"}, and not ${wanted.join(", ")}`);
  }
  return finding(check, "ok", "any authority is allowed");
}
