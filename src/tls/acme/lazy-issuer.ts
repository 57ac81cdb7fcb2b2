// An authority whose code is loaded with its first question: most starts have nothing to ask.

import type { Issuer } from "../issuer.ts";
import { directoryId, stagingOf } from "./directory.ts";
import type { AcmeParts, AcmeSettings } from "./issuer.ts";

/** An authority that speaks ACME. Nothing is asked of it before the first order. */
export function lazyAcmeIssuer(settings: AcmeSettings, parts: AcmeParts): Issuer {
  const staging = stagingOf(settings.directoryUrl);
  const rehearsal = staging === null ? null : lazyAcmeIssuer({ ...settings, directoryUrl: staging }, parts);
  let loading: Promise<Issuer> | null = null;
  const issuer = async (): Promise<Issuer> => {
    loading ??= import("./issuer.ts").then(({ createAcmeIssuer }) => createAcmeIssuer(settings, parts));
    return await loading;
  };
  return {
    id: directoryId(settings.directoryUrl),
    label: new URL(settings.directoryUrl).host,
    rehearsal,
    quietUntil: async () => await (await issuer()).quietUntil(),
    issue: async (request) => await (await issuer()).issue(request),
    renewalInfo: async (chainPem) => await (await issuer()).renewalInfo(chainPem),
  };
}
