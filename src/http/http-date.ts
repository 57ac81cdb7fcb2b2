// What moment does an HTTP date name, and how is a moment written? Pure grammar of HTTP-date (RFC 9110 section 5.6.7).

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const LONG_DAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day";
const MONTH = `(?<month>${MONTHS.join("|")})`;
const TIME = "(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)";

const FORMS = [
  new RegExp(`^${DAY}, (?<day>\\d\\d) ${MONTH} (?<year>\\d{4}) ${TIME} GMT$`),
  new RegExp(`^${LONG_DAY}, (?<day>\\d\\d)-${MONTH}-(?<year>\\d\\d) ${TIME} GMT$`),
  new RegExp(`^${DAY} ${MONTH} (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})$`),
];

/**
 * Reads any of the three forms a recipient has to accept; gives Unix milliseconds, or `null` for anything else.
 *
 * `nowMs` places the two-digit year of the RFC 850 form: more than 50 years ahead means the century before. The name of
 * the day has to be a name of a day; whether it fits the date is not checked, as it carries nothing.
 */
export function parseHttpDate(text: string, nowMs: number): number | null {
  for (const form of FORMS) {
    const parts = form.exec(text)?.groups;
    if (parts === undefined) continue;
    const year = Number(parts["year"]);
    return parts["year"]?.length === 2 ? momentOfShortYear(year, parts, nowMs) : moment(year, parts);
  }
  return null;
}

/** Writes Unix milliseconds, cut to whole seconds, as an IMF-fixdate. Only years 0 to 9999 can be written. */
export function formatHttpDate(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toUTCString();
}

type Parts = Readonly<Record<string, string>>;

function momentOfShortYear(shortYear: number, parts: Parts, nowMs: number): number | null {
  const horizon = new Date(nowMs);
  const century = Math.floor(horizon.getUTCFullYear() / 100) * 100;
  horizon.setUTCFullYear(horizon.getUTCFullYear() + 50);
  const near = moment(century + shortYear, parts);
  // 29 February may exist in one century only, so the year is judged even where `near` is no date.
  const isTooFar = near === null ? century + shortYear > horizon.getUTCFullYear() : near > horizon.getTime();
  return isTooFar ? moment(century - 100 + shortYear, parts) : near;
}

function moment(year: number, parts: Parts): number | null {
  const month = MONTHS.indexOf(parts["month"] ?? "");
  const day = Number(parts["day"]);
  const hour = Number(parts["hour"]);
  const minute = Number(parts["minute"]);
  const second = Number(parts["second"]);
  // A leap second is written as 60 and counts as the second after it.
  if (hour > 23 || minute > 59 || second > 60) return null;

  // Date.UTC takes years below 100 for years of the last century; setUTCFullYear does not.
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  if (date.getUTCMonth() !== month || date.getUTCDate() !== day) return null;
  return date.setUTCHours(hour, minute, second);
}
