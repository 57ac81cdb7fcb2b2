// Which paths can no rule of a built Next app match? Its manifests in, a verdict for each path out. Pure.

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
