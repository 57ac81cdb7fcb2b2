// What happens to certificates, for logs, metrics and whoever wants to know (ops B59).

/** One thing that happened. Times are milliseconds since 1970. */
export interface CertificateEvent {
  readonly type:
    | "cert_account"
    | "cert_cached"
    | "cert_obtaining"
    | "cert_obtained"
    | "cert_renewed"
    | "cert_failed"
    | "cert_waiting"
    | "cert_clock"
    | "cert_store";
  readonly names: readonly string[];
  /** Who makes the certificate; `null` where nobody was asked. */
  readonly issuer: string | null;
  /** How often it was tried in a row, this time included; 0 where nothing was tried. */
  readonly attempt: number;
  /** When it is tried again, or renewed; `null` where that is not known. */
  readonly nextTry: number | null;
  /** When what is served now ends; `null` without a certificate. */
  readonly notAfter: number | null;
  /** What went wrong, in a sentence; `null` where nothing did. */
  readonly problem: string | null;
  /** The same in a word, for counting: `connection`, `rateLimited`, `network`, `store` … */
  readonly problemType: string | null;
  /** The terms that were agreed to, with `cert_account`, where the authority has some. */
  readonly termsUrl: string | null;
}

/** An event that is about no certificate in particular, or little else. */
export function plainEvent(type: CertificateEvent["type"], facts: Partial<CertificateEvent>): CertificateEvent {
  return {
    type,
    names: [],
    issuer: null,
    attempt: 0,
    nextTry: null,
    notAfter: null,
    problem: null,
    problemType: null,
    termsUrl: null,
    ...facts,
  };
}

/** How loud a logger should be, and with which words. */
export interface EventLine {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
}

/** The log line of an event. Pure. */
export function eventLine(event: CertificateEvent, now: number): EventLine {
  const names = event.names.join(", ");
  const by = event.issuer === null ? "" : ` from ${event.issuer}`;
  const next = event.nextTry === null ? "" : `, next ${moment(event.nextTry, now)}`;
  switch (event.type) {
    case "cert_account": {
      const terms = event.termsUrl === null ? "" : `, which agrees to its terms: ${event.termsUrl}`;
      return { level: "info", message: `an account was made${by.replace("from", "at")}${terms}` };
    }
    case "cert_cached":
      return { level: "info", message: `certificate for ${names} is stored: ${life(event, now)}${next}` };
    case "cert_obtaining":
      return { level: "info", message: `certificate for ${names}: ordering${by}, attempt ${event.attempt}` };
    case "cert_obtained":
    case "cert_renewed": {
      const what = event.type === "cert_renewed" ? "renewed" : "obtained";
      return { level: "info", message: `certificate for ${names} ${what}${by}: ${life(event, now)}${next}` };
    }
    case "cert_waiting":
      return { level: "warn", message: `certificate for ${names}${by} has to wait: ${event.problem ?? ""}${next}` };
    case "cert_failed": {
      const tail = `: ${event.problem ?? ""}; ${life(event, now)}${next}`;
      return {
        level: urgency(event, now),
        message: `certificate for ${names}: attempt ${event.attempt} failed${tail}`,
      };
    }
    case "cert_clock":
      return { level: "error", message: `the clock of this machine looks wrong: ${event.problem ?? ""}` };
    case "cert_store":
      return { level: "error", message: `${event.problem ?? ""}${next}` };
  }
}

function life({ notAfter }: CertificateEvent, now: number): string {
  if (notAfter === null) return "there is none yet";
  return notAfter > now ? `valid until ${day(notAfter)}` : `EXPIRED since ${day(notAfter)}`;
}

// A certificate that goes on failing is a nuisance for weeks and an outage for a day: the line grows with it (ops B33).
function urgency({ notAfter }: CertificateEvent, now: number): "warn" | "error" {
  return notAfter === null || notAfter - now < 3 * 86_400_000 ? "error" : "warn";
}

function day(time: number): string {
  return new Date(time)
    .toISOString()
    .replace(/:\d\d\.\d+Z$/u, "Z")
    .replace("T", " ");
}

function moment(time: number, now: number): string {
  const seconds = Math.round((time - now) / 1000);
  if (seconds < 1) return "now";
  if (seconds < 120) return `in ${seconds} s`;
  if (seconds < 7200) return `in ${Math.round(seconds / 60)} min`;
  return day(time);
}
