// A real certificate authority for tests: Debian's pebble with its DNS server, on free ports, in folders of their own.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { newFolder } from "./folders.ts";
import { accepts, freePorts } from "./ports.ts";
import { onFreshPorts, Program } from "./program.ts";

/** What a test may want of the authority. */
export interface PebbleSettings {
  /** Percent of requests whose nonce is refused. Default 0. */
  readonly nonceReject?: number;
  /** Percent of valid authorizations that are used again. Default 0. */
  readonly authzReuse?: number;
  /** Life of certificates. Default 90 days. */
  readonly validitySeconds?: number;
  /** Account keys by id, base64url: then a binding is required. */
  readonly externalAccounts?: Readonly<Record<string, string>>;
  /** How many further roots sign. Default 0. */
  readonly alternateRoots?: number;
  /** Where the validator looks for tokens. Default a free port. */
  readonly httpPort?: number;
  readonly blocked?: readonly string[];
}

const ISSUE = "the certificate authority pebble is not installed: apt install pebble";

/** Why tests with pebble cannot run here; `false` when they can. In CI a missing part is a failure. */
export function withoutPebble(): string | false {
  try {
    execFileSync("which", ["pebble", "pebble-challtestsrv"], { stdio: "ignore" });
    return false;
  } catch {
    if (process.env["CI"] !== undefined) throw new Error(ISSUE);
    return ISSUE;
  }
}

/** It starts within a second where the machine is at rest. */
const START_MS = 60_000;

interface Ports {
  readonly api: number;
  readonly management: number;
  readonly http: number;
  readonly dns: number;
  readonly dnsManagement: number;
}

/** An authority that runs. */
export class Pebble implements AsyncDisposable {
  readonly folder: string;
  /** PEM file of the root by which its own API is trusted. */
  readonly rootFile: string;
  readonly directoryUrl: string;
  /** Where the validator looks for tokens. */
  readonly httpPort: number;
  /** Address and port of its DNS server. */
  readonly dnsServer: string;
  readonly #ports: Ports;
  readonly #settings: PebbleSettings;
  #dns: Program | null = null;
  #authority: Program | null = null;

  constructor(folder: string, ports: Ports, settings: PebbleSettings) {
    this.folder = folder;
    this.rootFile = join(folder, "ca.pem");
    this.directoryUrl = `https://localhost:${ports.api}/dir`;
    this.httpPort = ports.http;
    this.dnsServer = `127.0.0.1:${ports.dns}`;
    this.#ports = ports;
    this.#settings = settings;
  }

  static async start(settings: PebbleSettings = {}): Promise<Pebble> {
    const folder = newFolder("pebble");
    makeApiCertificate(folder);
    return onFreshPorts(async () => {
      const [api = 0, management = 0, http = 0, dns = 0, dnsManagement = 0] = await freePorts(5);
      const ports = { api, management, http: settings.httpPort ?? http, dns, dnsManagement };
      const pebble = new Pebble(folder, ports, settings);
      try {
        await pebble.#startDns();
        await pebble.startAuthority();
        return pebble;
      } catch (error) {
        await pebble.#end();
        throw error;
      }
    });
  }

  async #startDns(): Promise<void> {
    const { dns, dnsManagement } = this.#ports;
    const off = ["-http01", "", "-https01", "", "-tlsalpn01", ""];
    const parameters = ["-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-dns01", `127.0.0.1:${dns}`];
    const management = ["-management", `127.0.0.1:${dnsManagement}`];
    this.#dns = this.#spawn("pebble-challtestsrv", [...parameters, ...management, ...off], {});
    await this.#dns.untilUp(START_MS, () => accepts(dnsManagement));
  }

  /** Starts the authority again, with nothing in its memory. */
  async startAuthority(): Promise<void> {
    const { folder } = this;
    const { api, management, http, dns } = this.#ports;
    const { externalAccounts, validitySeconds = 7_776_000, blocked } = this.#settings;
    const pebble = {
      listenAddress: `127.0.0.1:${api}`,
      managementListenAddress: `127.0.0.1:${management}`,
      certificate: join(folder, "wfe.pem"),
      privateKey: join(folder, "wfe.key"),
      httpPort: http,
      tlsPort: 1,
      ocspResponderURL: "",
      externalAccountBindingRequired: externalAccounts !== undefined,
      ...(externalAccounts === undefined ? {} : { externalAccountMACKeys: externalAccounts }),
      ...(blocked === undefined ? {} : { domainBlocklist: blocked }),
      certificateValidityPeriod: validitySeconds,
    };
    writeFileSync(join(folder, "pebble.json"), JSON.stringify({ pebble }));
    const config = ["-config", join(folder, "pebble.json"), "-dnsserver", `127.0.0.1:${dns}`, "-strict=false"];
    this.#authority = this.#spawn("pebble", config, {
      PEBBLE_VA_NOSLEEP: "1",
      PEBBLE_WFE_NONCEREJECT: String(this.#settings.nonceReject ?? 0),
      PEBBLE_AUTHZREUSE: String(this.#settings.authzReuse ?? 0),
      PEBBLE_ALTERNATE_ROOTS: String(this.#settings.alternateRoots ?? 0),
    });
    await this.#authority.untilUp(START_MS, async () => (await this.#get(api, "/dir")) !== null);
  }

  /** Ends the authority; its DNS server stays. */
  async stopAuthority(): Promise<void> {
    await this.#authority?.end();
  }

  #spawn(program: string, parameters: readonly string[], variables: Readonly<Record<string, string>>): Program {
    const env = { PATH: process.env["PATH"] ?? "", ...variables };
    return new Program(program, spawn(program, parameters, { env, stdio: ["ignore", "pipe", "pipe"] }));
  }

  /** PEM of the root that signs what it issues. */
  async issuingRoot(index = 0): Promise<string> {
    return (await this.#get(this.#ports.management, `/roots/${index}`)) ?? "";
  }

  #get(port: number, path: string): Promise<string | null> {
    return new Promise((resolve) => {
      const options = { ca: readFileSync(this.rootFile), agent: false };
      const outgoing = request(`https://localhost:${port}${path}`, options, (incoming) => {
        let text = "";
        incoming.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        incoming.on("end", () => resolve(text));
      });
      outgoing.on("error", () => resolve(null));
      outgoing.end();
    });
  }

  /** Tells the DNS server something, such as `set-txt`. */
  async dns(command: string, body: object): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${this.#ports.dnsManagement}/${command}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    await response.text();
  }

  /** A DNS plug-in that writes into its DNS server, and what was written. */
  dnsProvider(): {
    set(name: string, value: string): Promise<void>;
    remove(name: string, value: string): Promise<void>;
    log: string[];
  } {
    const values = new Map<string, Set<string>>();
    const log: string[] = [];
    const write = async (name: string): Promise<void> => {
      await this.dns("clear-txt", { host: `${name}.` });
      for (const value of values.get(name) ?? []) await this.dns("set-txt", { host: `${name}.`, value });
    };
    return {
      log,
      async set(name, value) {
        log.push(`set ${name}`);
        values.set(name, new Set([...(values.get(name) ?? []), value]));
        await write(name);
      },
      async remove(name, value) {
        log.push(`remove ${name}`);
        values.get(name)?.delete(value);
        await write(name);
      },
    };
  }

  async #end(): Promise<void> {
    await Promise.all([this.#authority?.end(), this.#dns?.end()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

// Debian's package has no certificates of its own, and pebble speaks HTTPS only.
function makeApiCertificate(folder: string): void {
  const openssl = (...parameters: readonly string[]): void => {
    execFileSync("openssl", [...parameters], { cwd: folder, stdio: "ignore" });
  };
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const constraints = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"];
  openssl(
    "req",
    "-x509",
    ...key,
    "-days",
    "2",
    "-subj",
    "/CN=pebble api",
    ...constraints,
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
  );
  openssl("req", ...key, "-subj", "/CN=localhost", "-keyout", "wfe.key", "-out", "wfe.csr");
  const extensions =
    "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n";
  writeFileSync(join(folder, "ext.cnf"), extensions);
  const signer = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "ext.cnf"];
  openssl("x509", "-req", "-in", "wfe.csr", ...signer, "-out", "wfe.pem");
}

/** What the plain port of a server does for an authority: answers tokens, and counts who asked. */
export interface TokenServer extends AsyncDisposable {
  readonly asked: string[];
}

/** Answers tokens on `port` by `find`, as a server's challenge phase does. */
export async function tokenServer(
  port: number,
  find: (host: string, token: string) => string | null | Promise<string | null>,
): Promise<TokenServer> {
  const asked: string[] = [];
  const server: Server = createServer((incoming, outgoing) => {
    const [, token] = /^\/\.well-known\/acme-challenge\/([^/?]+)$/u.exec(incoming.url ?? "") ?? [];
    asked.push(token ?? "?");
    void Promise.resolve(
      token === undefined ? null : find((incoming.headers.host ?? "").replace(/:\d+$/u, ""), token),
    ).then((content) => outgoing.writeHead(content === null ? 404 : 200).end(content ?? ""));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
