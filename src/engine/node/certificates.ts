// Which certificate does a client of the node engine see, and how does the next one take its place?

import {
  createSecureContext,
  type SecureContext,
  type SecureContextOptions,
  type Server,
  type TLSSocket,
} from "node:tls";
import { createPrivateKey } from "node:crypto";
import type { Socket } from "node:net";
import type { TlsInfo } from "../../contract.ts";
import { ServerNames } from "../../http/server-name.ts";
import type { TlsPair } from "../engine.ts";
import { assertUsable, TLS12_CIPHERS, TlsSite } from "../tls.ts";
import type { Security } from "./connection.ts";

/** Node wants the suites of TLS 1.3 in the same list, and switches 1.3 off without them. */
const CIPHERS = `TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:${TLS12_CIPHERS}`;

interface Identity {
  readonly context: SecureContext;
  readonly site: TlsSite;
}

export class Certificates {
  private default!: Identity;
  private names!: ServerNames<Identity>;
  private defaults!: SecureContextOptions;

  /** @throws ServerError `ERR_CERTIFICATE` */
  constructor(pairs: readonly TlsPair[]) {
    this.take(pairs);
  }

  /** Options for `tls.createServer`. */
  get serverOptions(): SecureContextOptions & { SNICallback: SniCallback } {
    return {
      ...this.defaults,
      SNICallback: (name, answer) => answer(null, this.identityOf(name).context),
    };
  }

  /** New connections of `servers` see `pairs`; sessions go on, because the ticket keys stay. @throws ServerError */
  swap(pairs: readonly TlsPair[], servers: readonly Server[]): void {
    this.take(pairs);
    for (const server of servers) {
      const ticketKeys = server.getTicketKeys();
      server.setSecureContext(this.defaults);
      server.setTicketKeys(ticketKeys);
    }
  }

  securityOf(socket: TLSSocket): Security {
    const info = infoOf(socket);
    return { site: (info.serverName === null ? this.default : this.identityOf(info.serverName)).site, info };
  }

  private identityOf(serverName: string): Identity {
    return this.names.find(serverName.toLowerCase()) ?? this.default;
  }

  private take(pairs: readonly TlsPair[]): void {
    assertUsable(pairs);
    const names = new ServerNames<Identity>();
    const identities = pairs.map((pair) => {
      const site = new TlsSite(pair, { version: null, cipher: null, serverName: null, alpn: null });
      const identity = { context: createSecureContext(contextOptions(pair)), site };
      for (const name of pair.names) names.add(name, identity);
      return identity;
    });
    this.names = names;
    this.default = identities[0]!;
    // Node adds the certificate of a name to the one for everybody, and a client that takes several kinds of keys is then
    // shown either. So where kinds differ there is none for everybody, and a client that names no host is turned away.
    this.defaults = kindsOf(pairs).size > 1 ? COMMON_OPTIONS : contextOptions(pairs[0]!);
  }
}

/** For a socket that somebody else's server accepted; `null` where it is plaintext. */
export function foreignSecurity(socket: Socket): Security | null {
  return "encrypted" in socket && socket.encrypted === true ? { site: null, info: infoOf(socket as TLSSocket) } : null;
}

function infoOf(socket: TLSSocket): TlsInfo {
  const { servername, alpnProtocol } = socket;
  return Object.freeze({
    version: socket.getProtocol(),
    cipher: socket.getCipher()?.name ?? null,
    serverName: typeof servername === "string" && servername !== "" ? servername.toLowerCase() : null,
    alpn: typeof alpnProtocol === "string" ? alpnProtocol : null,
  });
}

type SniCallback = (name: string, answer: (error: Error | null, context?: SecureContext) => void) => void;

const COMMON_OPTIONS: SecureContextOptions = { ciphers: CIPHERS, minVersion: "TLSv1.2" };

function contextOptions(pair: TlsPair): SecureContextOptions {
  return { ...COMMON_OPTIONS, cert: pair.chainPem, key: pair.keyPem };
}

function kindsOf(pairs: readonly TlsPair[]): ReadonlySet<string | undefined> {
  return new Set(pairs.map(({ keyPem }) => createPrivateKey(keyPem).asymmetricKeyType));
}
