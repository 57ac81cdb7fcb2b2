// Which files may be sent without Next? What the manifests prove, and what they do not.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  finishedPaths,
  type FinishedRules,
  hasLateRewrites,
  type NextManifests,
  type RoutesManifest,
  untouchedPaths,
} from "../../adapters/next-manifests.ts";

const SCRIPT = "/_next/static/chunks/main.js";
const PICTURE = "/photo.png";

/** Trailing slashes are taken off: the one redirect that every build has. */
const SLASHES = { source: "/:path+/", regex: "^(?:/((?:[^/]+?)(?:/(?:[^/]+?))*))/$", internal: true };

function proof(
  routes: RoutesManifest,
  { middleware = {}, functions = {}, locales = [], basePath = "" }: Partial<NextManifests> = {},
): (path: string) => boolean {
  const manifests = {
    routes: { version: 3, redirects: [SLASHES], ...routes },
    middleware,
    functions,
    locales,
    basePath,
  };
  return untouchedPaths(manifests) ?? (() => false);
}

describe("what no rule of a Next app can match", () => {
  it("is everything in an app without rules", () => {
    const isUntouched = proof({ headers: [], rewrites: { beforeFiles: [] } });

    assert.deepEqual([SCRIPT, PICTURE, "/a/b%20c.txt"].map(isUntouched), [true, true, true]);
  });

  it("is nothing where the manifests are of a shape that is not known", () => {
    assert.equal(untouchedPaths({ routes: {}, middleware: {}, functions: {}, locales: [], basePath: "" }), null);
    assert.equal(proof({ version: 4 })(SCRIPT), false);
    assert.equal(proof({ headers: [{ regex: "(" }] })(SCRIPT), false);
    assert.equal(proof({ headers: [{}] })(SCRIPT), false);
    assert.equal(proof({ redirects: {} as never })(SCRIPT), false);
  });

  it("is nothing that a header, a redirect or an early rewrite is for, whatever else it asks for", () => {
    const everything = { regex: "^(?:/(.*))(?:/)?$" };
    const pictures = { regex: "^/photo\\.png(?:/)?$", has: [{ type: "header", key: "x-none" }] };

    assert.deepEqual([SCRIPT, PICTURE].map(proof({ headers: [everything] })), [false, false]);
    assert.deepEqual([SCRIPT, PICTURE].map(proof({ onMatchHeaders: [everything] })), [false, false]);
    assert.deepEqual([SCRIPT, PICTURE].map(proof({ headers: [pictures] })), [true, false]);
    assert.deepEqual([SCRIPT, PICTURE].map(proof({ redirects: [pictures] })), [true, false]);
    assert.deepEqual([SCRIPT, PICTURE].map(proof({ rewrites: { beforeFiles: [pictures] } })), [true, false]);
  });

  it("is not lessened by rewrites that come after the look at the files", () => {
    const everything = { regex: "^(?:/(.*))(?:/)?$" };
    const late = { beforeFiles: [], afterFiles: [everything], fallback: [everything] };

    assert.equal(proof({ rewrites: late })(PICTURE), true);
    assert.equal(proof({ rewrites: [everything] })(PICTURE), true);
  });

  it("does not depend on case, unless the app's routes do", () => {
    const rule = { regex: "^/PHOTO\\.png$" };

    assert.equal(proof({ headers: [rule] })(PICTURE), false);
    assert.equal(proof({ headers: [rule], caseSensitive: true })(PICTURE), true);
  });

  it("is nothing that a middleware or proxy sees, also by the decoded path", () => {
    const matcher = { regexp: "^/((?!_next/static|.*\\.png$).*)$" };
    const edge = { middleware: { middleware: { "/": { matchers: [matcher] } } } };
    const node = { functions: { functions: { "/_middleware": { matchers: [matcher] } } } };

    for (const manifests of [edge, node]) {
      assert.deepEqual([SCRIPT, PICTURE, "/a.txt"].map(proof({}, manifests)), [true, true, false]);
    }
    const spaced = { middleware: { middleware: { "/": { matchers: [{ regexp: "^/a b$" }] } } } };
    assert.equal(proof({}, spaced)("/a%20b"), false);
  });

  it("is nothing at all behind a middleware without matchers", () => {
    assert.equal(proof({}, { functions: { functions: { "/_middleware": {} } } })(SCRIPT), false);
  });

  it("counts the paths that Next makes of one with the languages of the app", () => {
    const german = { headers: [{ regex: "^/base/de/photo\\.png$" }] };
    const languages = { locales: ["en", "de"], basePath: "/base" };

    assert.equal(proof(german, languages)("/base/photo.png"), false);
    assert.equal(proof(german, { ...languages, locales: ["en"] })("/base/photo.png"), true);
  });
});

describe("the pages of a Next app that are finished", () => {
  const rules: FinishedRules = {
    basePath: "",
    isUntouched: () => true,
    hasLateRewrites: false,
    isMeaningless: (name) => name === "accept",
  };
  const finished = { initialRevalidateSeconds: false, srcRoute: "/a", dataRoute: "/a.rsc" };
  const found = (route: object, more: Partial<FinishedRules> = {}, version: unknown = 4): readonly string[] => [
    ...finishedPaths({ version, routes: { "/a": { ...finished, ...route } } }, { ...rules, ...more }),
  ];

  it("are those that are never rendered again by themselves", () => {
    assert.deepEqual(found({}), ["/a"]);
    assert.deepEqual(found({ initialRevalidateSeconds: 60 }), []);
    assert.deepEqual(found({ initialRevalidateSeconds: undefined }), []);
  });

  it("are whole: none has parts that are rendered for each request", () => {
    assert.deepEqual(found({ renderingMode: "STATIC" }), ["/a"]);
    assert.deepEqual(found({ renderingMode: "PARTIALLY_STATIC" }), []);
    assert.deepEqual(found({ experimentalPPR: true }), []);
  });

  it("are none of a manifest whose shape is not known", () => {
    assert.deepEqual(found({}, {}, 5), []);
    assert.deepEqual([...finishedPaths({ version: 4 }, rules)], []);
  });

  it("are not those that a rule may touch, nor those that some requests get in another form", () => {
    assert.deepEqual(found({}, { isUntouched: () => false }), []);
    assert.deepEqual(found({ experimentalBypassFor: [{ type: "header", key: "Next-Action" }] }), ["/a"]);
    assert.deepEqual(found({ experimentalBypassFor: [{ type: "header", key: "Accept" }] }), []);
    assert.deepEqual(found({ experimentalBypassFor: [{ type: "cookie", key: "a" }] }), []);
  });

  it("are not those with parameters where rewrites come before them", () => {
    assert.deepEqual(found({}, { hasLateRewrites: true }), ["/a"]);
    assert.deepEqual(found({ srcRoute: "/[slug]" }, { hasLateRewrites: true }), []);
    assert.equal(hasLateRewrites({ rewrites: [{}] }), true);
    assert.equal(hasLateRewrites({ rewrites: { beforeFiles: [{}] } }), false);
  });

  it("have the spelling of URLs, and the prefix of the app", () => {
    const routes = { "/": finished, "/a b": finished };

    assert.deepEqual(
      [...finishedPaths({ version: 4, routes }, { ...rules, basePath: "/base" })],
      ["/base", "/base/a%20b"],
    );
    assert.deepEqual([...finishedPaths({ version: 4, routes }, rules)], ["/", "/a%20b"]);
  });
});
