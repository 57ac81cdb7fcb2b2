// A manager as a server has it: settings, a store in a folder of its own, and a plain port that answers tokens.

import type { AcmeSettings } from "../../src/tls/acme/issuer.ts";
import type { CertificateEvent } from "../../src/tls/events.ts";
import type { CertificatePair } from "../../src/tls/certificate.ts";
import type { Manager } from "../../src/tls/manager.ts";
import { openCertificates, type OpenParts } from "../../src/tls/open.ts";
import type { CertificateSettings } from "../../src/tls/settings.ts";
import { resolveOptions } from "../../src/options.ts";
import type { ServeOptions } from "../../src/options/serve-options.ts";
import { newFolder } from "../support/folders.ts";
import { type Pebble, type TokenServer, tokenServer } from "../support/pebble.ts";
import { until } from "../support/waiting.ts";

/** Settings that lead to a test's own authority. */
export function settingsFor(pebble: Pebble, options: ServeOptions): CertificateSettings {
  return resolveOptions({
    options: {
      store: newFolder(),
      acmeDirectory: pebble.directoryUrl,
      acmeRoot: pebble.rootFile,
      dnsResolvers: [pebble.dnsServer],
      ...options,
    },
  });
}

/** Settings of an issuer alone, without anything that is optional. */
export function issuerSettings(directoryUrl: string, rootPem: string): AcmeSettings {
  return {
    directoryUrl,
    rootPem,
    email: null,
    agreeToTerms: true,
    eab: null,
    profile: null,
    preferredChain: null,
    dns: null,
    propagation: { resolvers: [], timeoutMs: 1000, port: 53 },
  };
}

/** A manager that runs. */
export interface Managing extends AsyncDisposable {
  readonly manager: Manager;
  readonly events: readonly CertificateEvent[];
  /** What it served first. */
  readonly first: readonly CertificatePair[];
  /** What it would serve now. */
  pairs(): readonly CertificatePair[];
  count(type: CertificateEvent["type"]): number;
  /** Waits for the `times`th event of a type. */
  event(type: CertificateEvent["type"], times?: number): Promise<CertificateEvent>;
}

/** Starts a manager whose plain port is open, as a server does. */
export async function manage(
  settings: CertificateSettings,
  parts: Partial<OpenParts> = {},
  opened: (manager: Manager) => void = () => {},
): Promise<Managing> {
  const events: CertificateEvent[] = [];
  const manager = await openCertificates(settings, { ...parts, onEvent: (event) => events.push(event) });
  opened(manager);
  let pairs: readonly CertificatePair[] = [];
  manager.onChange = (changed) => {
    pairs = changed;
    return true;
  };
  const first = await manager.start();
  pairs = first;
  manager.listening();
  const ofType = (type: CertificateEvent["type"]): CertificateEvent[] => events.filter((event) => event.type === type);
  return {
    manager,
    events,
    first,
    pairs: () => pairs,
    count: (type) => ofType(type).length,
    async event(type, times = 1) {
      const found = (): CertificateEvent | undefined => ofType(type)[times - 1];
      await until(20_000, `${times} x ${type}`, () => {
        if (type !== "cert_failed" && found() === undefined && ofType("cert_failed").length > 0) {
          throw new Error(`a failure instead: ${JSON.stringify(events)}`);
        }
        return found() !== undefined;
      });
      return found()!;
    },
    [Symbol.asyncDispose]: () => manager.close(),
  };
}

/** The same, with the plain port that the authority looks at. */
export async function manageOn(
  pebble: Pebble,
  settings: CertificateSettings,
  parts: Partial<OpenParts> = {},
): Promise<Managing & { readonly asked: readonly string[] }> {
  const managers: Manager[] = [];
  const port = await answering(pebble.httpPort, () => managers);
  const managing = await manage(settings, parts, (manager) => managers.push(manager));
  return {
    ...managing,
    asked: port.asked,
    async [Symbol.asyncDispose]() {
      await managing.manager.close();
      await port[Symbol.asyncDispose]();
    },
  };
}

/** Answers tokens for whichever managers there are. */
export async function answering(port: number, managers: () => readonly Manager[]): Promise<TokenServer> {
  return await tokenServer(port, async (host, token) => {
    for (const manager of managers()) {
      const content = await manager.challenge(host, token);
      if (content !== null) return content;
    }
    return null;
  });
}
