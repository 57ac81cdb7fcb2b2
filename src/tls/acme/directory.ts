// What does an authority offer, and under which names do people know the public ones?

import { ServerError } from "../../errors.ts";

/** The parts of a directory (RFC 8555 section 7.1.1) that decide something. */
export interface Directory {
  readonly termsUrl: string | null;
  readonly needsExternalAccount: boolean;
  /** Names and descriptions of profiles; empty where there are none. */
  readonly profiles: readonly string[];
  /** Where RFC 9773 is answered. */
  readonly renewalInfoUrl: string | null;
}

interface Known {
  readonly production: string;
  readonly staging: string | null;
}

const KNOWN: Readonly<Record<string, Known>> = {
  letsencrypt: {
    production: "https://acme-v02.api.letsencrypt.org/directory",
    staging: "https://acme-staging-v02.api.letsencrypt.org/directory",
  },
  zerossl: { production: "https://acme.zerossl.com/v2/DV90", staging: null },
  google: {
    production: "https://dv.acme-v02.api.pki.goog/directory",
    staging: "https://dv.acme-v02.test-api.pki.goog/directory",
  },
};

/** Names that stand for a directory. */
export const AUTHORITY_NAMES: readonly string[] = Object.keys(KNOWN);

/** The URL of a directory from a known name or a URL; `null` for anything that is neither. */
export function directoryUrl(written: string): string | null {
  const known = Object.hasOwn(KNOWN, written.toLowerCase()) ? KNOWN[written.toLowerCase()] : undefined;
  if (known !== undefined) return known.production;
  return URL.canParse(written) && new URL(written).protocol === "https:" ? new URL(written).href : null;
}

/** The same authority's directory for trials, or `null` where none is known. */
export function stagingOf(url: string): string | null {
  return Object.values(KNOWN).find(({ production }) => production === url)?.staging ?? null;
}

/** The host, with a path where it tells two directories of one host apart: a folder of the store. */
export function directoryId(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/gu, "-")
    .replaceAll(/^[-.]+|[-.]+$/gu, "");
}

// Directories change when an authority adds something. An hour is often enough to see it.
const FRESH_MS = 3_600_000;

/** A directory that is read when it is first needed, and again after an hour. */
export function directoryReader(url: string, rootPem: string | null): (signal: AbortSignal) => Promise<Directory> {
  let known: { readonly directory: Directory; readonly until: number } | null = null;
  return async (signal) => {
    if (known !== null && performance.now() < known.until) return known.directory;
    const { getJson } = await import("./get-json.ts");
    const { value } = await getJson(url, rootPem, signal);
    const directory = directoryFrom(url, value);
    known = { directory, until: performance.now() + FRESH_MS };
    return directory;
  };
}

function directoryFrom(url: string, value: Readonly<Record<string, unknown>>): Directory {
  for (const resource of ["newNonce", "newAccount", "newOrder"]) {
    if (typeof value[resource] !== "string") {
      throw new ServerError("ERR_CERTIFICATE", `${url} is no ACME directory: it has no "${resource}".`);
    }
  }
  const meta = (typeof value["meta"] === "object" && value["meta"] !== null ? value["meta"] : {}) as Record<
    string,
    unknown
  >;
  const { profiles, termsOfService } = meta as { profiles?: unknown; termsOfService?: unknown };
  return {
    termsUrl: typeof termsOfService === "string" ? termsOfService : null,
    needsExternalAccount: meta["externalAccountRequired"] === true,
    profiles: typeof profiles === "object" && profiles !== null ? Object.keys(profiles) : [],
    renewalInfoUrl: typeof value["renewalInfo"] === "string" ? value["renewalInfo"].replace(/\/$/u, "") : null,
  };
}
