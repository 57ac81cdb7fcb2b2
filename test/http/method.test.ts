import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { methodStatus } from "../../src/http/method.ts";

describe("methodStatus", () => {
  it("H4: lets pass what a Request carries unchanged", () => {
    for (const method of ["GET", "POST", "PATCH", "PROPFIND", "patch", "x!y"]) {
      assert.equal(methodStatus(method), 0, method);
    }
  });

  it("H4: agrees with the platform's Request on every known method, in three spellings", () => {
    const methods = [
      "get",
      "head",
      "post",
      "put",
      "delete",
      "options",
      "patch",
      "propfind",
      "trace",
      "track",
      "connect",
    ];
    for (const method of methods.flatMap((name) => [
      name,
      name.toUpperCase(),
      `${name[0]?.toUpperCase()}${name.slice(1)}`,
    ])) {
      assert.equal(methodStatus(method) === 0, isCarried(method), method);
    }
  });

  it("H4: answers 501 for a token that is forbidden or would be changed", () => {
    for (const method of ["TRACE", "track", "Connect", "get", "Post"]) assert.equal(methodStatus(method), 501, method);
  });

  it("H4: answers 400 for what is no token", () => {
    for (const method of ["", "G T", "G{T", "G\xc9T", "GET\n"]) assert.equal(methodStatus(method), 400, method);
  });
});

function isCarried(method: string): boolean {
  try {
    return new Request("http://a.example/", { method }).method === method;
  } catch {
    return false;
  }
}
