// Who looks after the certificates of this server?

import type { Logger } from "../log/logger.ts";
import { invalidOptions } from "../options.ts";
import type { ResolvedOptions } from "../options/serve-options.ts";
import type { CertificateSource } from "../tls/certificate.ts";
import { certificateProblems, wantsCertificates } from "../tls/settings.ts";

/** @throws ServerError `ERR_OPTIONS_INVALID` for settings about certificates that do not fit each other */
export function checkCertificateSettings(settings: ResolvedOptions): void {
  const problems = certificateProblems(settings);
  if (problems.length > 0) throw invalidOptions(problems);
}

/** The source that the settings ask for, or `null` for a server without TLS. */
export async function certificateSource(settings: ResolvedOptions, logger: Logger): Promise<CertificateSource | null> {
  const { cert, key } = settings;
  if (cert !== null && key !== null) return fileSource(cert, key, logger);
  if (!wantsCertificates(settings)) return null;
  const [{ openCertificates }, { eventLine }] = await Promise.all([
    import("../tls/open.ts"),
    import("../tls/events.ts"),
  ]);
  return openCertificates(settings, {
    onEvent: (event) => {
      const { level, message } = eventLine(event, Date.now());
      const { type, names, issuer, attempt, nextTry, notAfter, problemType } = event;
      logger[level]({ event: type, names, issuer, attempt, nextTry, notAfter, problemType }, message);
    },
  });
}

async function fileSource(cert: string, key: string, logger: Logger): Promise<CertificateSource> {
  const { createFileSource } = await import("../tls/file-source.ts");
  return createFileSource({
    cert,
    key,
    onProblem: (error) =>
      logger.error({ err: error }, "the new certificate files cannot be used; the pair before goes on"),
    onReload: ({ names, notAfter }) =>
      logger.info({ names, notAfter: new Date(notAfter) }, "certificate files read again"),
  });
}
