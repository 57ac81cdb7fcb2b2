// What is said once the server listens? Eight lines at most for people, one JSON object for machines.

/** What the banner tells. */
export interface BannerFacts {
  readonly version: string;
  /** With the real ports; what the server is known by comes first. */
  readonly urls: readonly [string, ...string[]];
  /** The host that was listened on, to say what else reaches it. */
  readonly host: string;
  readonly engine: { readonly name: string; readonly version: string; readonly note: string | null };
  /** How many processes serve; 0: this one. */
  readonly workers: number;
  readonly mode: "development" | "production";
  readonly mounts: Readonly<Record<string, string>>;
  /** From the start of the process. */
  readonly readyMs: number;
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

const BOLD = "\u001b[1m";
const DIM = "\u001b[2m";
const CYAN = "\u001b[36m";
const RESET = "\u001b[0m";

/** The banner for people. */
export function banner(facts: BannerFacts, color: boolean): string {
  const paint = (style: string, text: string): string => (color ? `${style}${text}${RESET}` : text);
  const isEverywhere = facts.host === "::" || facts.host === "0.0.0.0";
  const mounts = Object.entries(facts.mounts).map(([prefix, directory]) => `${prefix} from ${directory}`);
  const rows: readonly (readonly [string, string] | null)[] = [
    [facts.urls[0].startsWith("https:") ? "HTTPS" : "Local", paint(CYAN, facts.urls[0])],
    facts.urls[1] === undefined ? null : ["HTTP", `${paint(CYAN, facts.urls[1])} redirects to HTTPS`],
    isEverywhere ? ["Network", "every address of this machine"] : null,
    mounts.length === 0 ? null : ["Static", mounts.join(", ")],
    ["Engine", `${facts.engine.name} ${facts.engine.version}`],
    facts.engine.note === null ? null : ["Note", facts.engine.note],
    ["Mode", facts.workers === 0 ? facts.mode : `${facts.mode}, workers: ${facts.workers}`],
  ];
  const title = `${paint(BOLD, `easyserver ${facts.version}`)} ${paint(DIM, `ready in ${Math.round(facts.readyMs)} ms`)}`;
  const lines = rows.flatMap((row) => (row === null ? [] : [`  ${`${row[0]}:`.padEnd(9)}${row[1]}`]));
  return `${[title, ...lines].join("\n")}\n`;
}

/** The banner as one line, to stand among JSON lines. */
export function bannerLine(facts: BannerFacts): string {
  const { name, version, note } = facts.engine;
  const line = {
    time: new Date(facts.time).toISOString(),
    event: "listening",
    url: facts.urls[0],
    ...(facts.urls.length > 1 && { urls: facts.urls }),
    version: facts.version,
    engine: name,
    engineVersion: version,
    ...(note !== null && { note }),
    ...(facts.workers > 0 && { workers: facts.workers }),
    mode: facts.mode,
    readyMs: Math.round(facts.readyMs),
    pid: facts.pid,
  };
  return `${JSON.stringify(line)}\n`;
}
