// Which paths can no rule of a built Next app match, and which pages never change? Its manifests in, verdicts out. Pure.

/** A rule with its regular expression: of `headers`, `redirects`, `rewrites` or a matcher. */
export interface NextRule {
  readonly regex?: unknown;
  readonly regexp?: unknown;
}

/** Of `routes-manifest.json`, as far as files are concerned. */
export interface RoutesManifest {
  readonly version?: unknown;
  readonly caseSensitive?: unknown;
  readonly headers?: readonly NextRule[];
  readonly onMatchHeaders?: readonly NextRule[];
  readonly redirects?: readonly NextRule[];
  readonly rewrites?: readonly NextRule[] | { readonly beforeFiles?: readonly NextRule[] };
}

interface WithMatchers {
  readonly matchers?: readonly NextRule[];
}

/** What the build says of everything that comes before the look at the files. */
export interface NextManifests {
  readonly routes: RoutesManifest;
  /** `server/middleware-manifest.json`, where the edge runtime's middleware is. */
  readonly middleware: { readonly middleware?: Readonly<Record<string, WithMatchers>> };
  /** `server/functions-config-manifest.json`, where Node's middleware or proxy is. */
  readonly functions: { readonly functions?: Readonly<Record<string, WithMatchers>> };
  /** Prefixes that Next puts before a path of its own accord, such as `/en`. */
  readonly locales: readonly string[];
  readonly basePath: string;
}

/** The only shape of `routes-manifest.json` that this code knows: that of Next 10 to 16. */
const KNOWN_VERSION = 3;

/**
 * A test for paths: true where no rule can match, whatever else a request has (conditions on headers, cookies and queries
 * count as met). `null` where the manifests are not of a known shape: then nothing is proved.
 */
export function untouchedPaths(manifests: NextManifests): ((path: string) => boolean) | null {
  const { routes } = manifests;
  if (routes.version !== KNOWN_VERSION) return null;
  const beforeFiles = Array.isArray(routes.rewrites) ? [] : ((routes.rewrites as BeforeFiles)?.beforeFiles ?? []);
  const rules = [routes.headers, routes.onMatchHeaders, routes.redirects, beforeFiles];
  if (rules.some((list) => list !== undefined && !Array.isArray(list))) return null;
  try {
    const flags = routes.caseSensitive === true ? "" : "i";
    const patterns = rules.flatMap((list) => (list ?? []).map(({ regex }) => expression(regex, flags)));
    patterns.push(...matchersOf(manifests).map(({ regexp }) => expression(regexp, "")));
    return (path) => spellings(path, manifests).every((spelling) => !patterns.some((one) => one.test(spelling)));
  } catch {
    return null;
  }
}

interface BeforeFiles {
  readonly beforeFiles?: readonly NextRule[];
  readonly afterFiles?: readonly NextRule[];
}

/** Whether there are rewrites that come behind the look at the files: what a plain list of them is, too. */
export function hasLateRewrites({ rewrites }: RoutesManifest): boolean {
  const late = Array.isArray(rewrites) ? rewrites : (rewrites as BeforeFiles | undefined)?.afterFiles;
  return late !== undefined && late.length > 0;
}

/** Middleware without matchers sees everything. */
const EVERYTHING: readonly NextRule[] = [{ regexp: ".*" }];

function matchersOf({ middleware, functions }: NextManifests): readonly NextRule[] {
  const found = [middleware.middleware?.["/"], functions.functions?.["/_middleware"]];
  return found.flatMap((one) => (one === undefined ? [] : (one.matchers ?? EVERYTHING)));
}

/** @throws SyntaxError for what is no regular expression */
function expression(source: unknown, flags: string): RegExp {
  if (typeof source !== "string") throw new SyntaxError("no expression");
  return new RegExp(source, flags);
}

/** All that Next may compare with a rule where a request names `path`. */
function spellings(path: string, { locales, basePath }: NextManifests): readonly string[] {
  const decoded = decodeURIComponent(path);
  const plain = decoded === path ? [path] : [path, decoded];
  const prefixed = plain.flatMap((one) =>
    locales.map((locale) => `${basePath}/${locale}${one.slice(basePath.length)}`),
  );
  return [...plain, ...prefixed];
}

/** Of `prerender-manifest.json`. */
export interface PrerenderManifest {
  readonly version?: unknown;
  readonly routes?: Readonly<Record<string, PrerenderedRoute>>;
  readonly preview?: { readonly previewModeId?: unknown };
}

interface PrerenderedRoute {
  /** The page it is an instance of, where that has parameters. */
  readonly srcRoute?: unknown;
  readonly initialRevalidateSeconds?: unknown;
  readonly experimentalPPR?: unknown;
  readonly renderingMode?: unknown;
  readonly experimentalBypassFor?: readonly { readonly type?: unknown; readonly key?: unknown }[];
}

/** The only shape of `prerender-manifest.json` that this code knows: that of Next 13.4 to 16. */
const KNOWN_PRERENDER_VERSION = 4;

/**
 * The paths of pages that were rendered whole at the build and are never rendered again by themselves; none where a rule may match, or
 * where a field that `isMeaningless` decides.
 */
export function finishedPaths(
  { version, routes }: PrerenderManifest,
  { basePath, isUntouched, isMeaningless, hasLateRewrites }: FinishedRules,
): ReadonlySet<string> {
  const paths = new Set<string>();
  if (version !== KNOWN_PRERENDER_VERSION) return paths;
  for (const [route, facts] of Object.entries(routes ?? {})) {
    if (facts.initialRevalidateSeconds !== false || facts.experimentalPPR === true) continue;
    // Those come between pages without parameters and pages with some.
    if (hasLateRewrites && facts.srcRoute !== route) continue;
    if (facts.renderingMode !== undefined && facts.renderingMode !== "STATIC") continue;
    const bypasses = facts.experimentalBypassFor ?? [];
    if (bypasses.some(({ type, key }) => type !== "header" || isMeaningless(String(key).toLowerCase()))) continue;
    const path = route === "/" && basePath !== "" ? basePath : basePath + encodeURI(route);
    if (!/[?#]/.test(path) && isUntouched(path)) paths.add(path);
  }
  return paths;
}

/** What decides beyond the manifest itself. */
export interface FinishedRules {
  readonly basePath: string;
  readonly isUntouched: (path: string) => boolean;
  /** See `hasLateRewrites()`. */
  readonly hasLateRewrites: boolean;
  /** Whether a request with that field gets the page like any other. */
  readonly isMeaningless: (name: string) => boolean;
}
