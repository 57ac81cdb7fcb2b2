// Can any spelling of a path reach what is not to be served? As raw bytes, with a canary outside the root.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, mkdir, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { it } from "node:test";
import { isServable } from "../../src/static/mount.ts";
import { isHidden } from "../../src/static/search.ts";
import { asNobody, CANARY, mountOf, type Site } from "./site.ts";
import { everyWay, request, type ServedSite } from "./wire.ts";

const FILES = {
  "a.txt": "the file a",
  "sub/index.html": "the index of sub",
  "back\\slash.txt": "a name with a backslash",
  ".env": CANARY,
  ".git/config": CANARY,
  "sub/.htpasswd": CANARY,
  ".well-known/x.txt": "well known",
  "bücher.txt": "books",
  "Case.txt": "with a capital",
  "closed.txt": CANARY,
  "closed/b.txt": CANARY,
};

async function prepare(site: Site): Promise<void> {
  await site.write("secret.txt", CANARY);
  await site.write("rootevil/x.txt", CANARY);
  await site.write("elsewhere/x.txt", "from elsewhere");
  const { root } = site;
  await symlink("a.txt", join(root, "inside.txt"));
  await symlink("../secret.txt", join(root, "outside.txt"));
  await symlink("../rootevil", join(root, "outside"));
  await symlink("../elsewhere", join(root, "elsewhere"));
  await chmod(site.base, 0o755);
  for (const name of ["closed.txt", "closed"]) await chmod(join(root, name), 0);
  execFileSync("mkfifo", [join(root, "fifo")]);
  await mkdir(join(root, "queue"));
  execFileSync("mkfifo", [join(root, "queue/index.html")]);
}

/** The traversal matrix: each target with the one right status. */
const MATRIX: Readonly<Record<number, readonly string[]>> = {
  404: [
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/sub/../../secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e%2fsecret.txt",
    "/sub/..%2f..%2fsecret.txt",
    "/%252e%252e/secret.txt",
    "/%252e%252e%252fsecret.txt",
    "/..%5csecret.txt",
    "/sub/..;/..;/secret.txt",
    "/....//secret.txt",
    "/..%ef%bc%8fsecret.txt",
    "/../rootevil/x.txt",
    "/%2e%2e/rootevil/x.txt",
    "//etc/passwd",
    "//secret.txt",
    "/file:///etc/passwd",
    "/a.txt/",
    "//evil.example/%2e%2e/sub",
    "/.env",
    "/.git/config",
    "/%2eenv",
    "/outside.txt",
    "/outside/x.txt",
    "/sub%2findex.html",
    "/back%5Cslash.txt",
    "//a.txt",
    "/sub//index.html",
    "/fifo",
    `/${"n".repeat(300)}`,
  ],
  // A raw backslash is no target (docs/decisions/066-a-raw-backslash-is-no-target.md).
  400: [
    "/..\\secret.txt",
    "/sub\\index.html",
    "/..%c0%afsecret.txt",
    "/%c3%28",
    "/.%00./x",
    "/a.txt%00.html",
    "/%00",
    "/%",
    "/%zz",
    "/a.txt#frag",
  ],
  308: ["/sub?x=1"],
  200: ["/.well-known/x.txt", "/inside.txt", "/a.txt"],
};

async function assertStatuses(served: ServedSite, matrix: Readonly<Record<number, readonly string[]>>): Promise<void> {
  for (const [status, targets] of Object.entries(matrix)) {
    for (const target of targets) {
      const answer = await served.get(target);
      assert.ok(!answer.body.includes(CANARY), `${target} leaks`);
      assert.equal(answer.status, Number(status), target);
    }
  }
}

everyWay("a path", { files: FILES, prepare }, (served) => {
  it("A39, H5: of the traversal matrix gets exactly its answer", { timeout: 20_000 }, async () => {
    await assertStatuses(served, MATRIX);
  });

  it("A39: gets the same answer again, known by now", { timeout: 20_000 }, async () => {
    await assertStatuses(served, MATRIX);
  });

  it("A47: is 403 when the server may not read what is there, and 404 when nothing can be there", async () => {
    await asNobody(async () => {
      await assertStatuses(served, {
        403: ["/closed.txt", "/closed/b.txt"],
        404: ["/a.txt/below", `/${"n".repeat(300)}/x`],
        200: ["/a.txt"],
      });
    });
    // Whoever is not root could not remove it otherwise.
    await chmod(join(served.site.root, "closed"), 0o755);
  });

  it("A40: reaches no directory whose name begins with the root's", async () => {
    await assertStatuses(served, { 404: ["/../rootevil/x.txt", "/outside/x.txt", "evil/x.txt".padStart(11, "/")] });
  });

  it("A41: is split before it is decoded, and a doubled slash is no slash", async () => {
    await assertStatuses(served, {
      404: ["/sub%2Findex.html", "/sub%5Cindex.html", "//a.txt", "/sub//", "/sub///index.html"],
    });
  });

  it("A42: that is no path is refused at once, and the connection goes on where the target was well-formed", async () => {
    await using client = await served.connect();

    for (const target of ["/%00", "/%zz", "/%", "/%c3%28", "/a%0a.txt"]) {
      await client.send(request("GET", target));
      assert.equal((await client.response()).status, 400, target);
      await client.send(request("GET", "/a.txt"));
      assert.equal((await client.response()).text, "the file a", target);
    }
  });

  it("A43: that is too long is 404, or 414 beyond the limit of targets", async () => {
    await assertStatuses(served, {
      404: [`/${"n".repeat(300)}`, `/${"d/".repeat(3_000)}x`, `/${"%61".repeat(2_000)}`],
      414: [`/${"n".repeat(9_000)}`],
    });
  });

  it("A44: of a dotfile is 404, encoded or not, except below /.well-known/", async () => {
    await assertStatuses(served, {
      404: ["/.env", "/%2Eenv", "/sub/.htpasswd", "/.git/", "/.git", "/.well-known/../.env", "/.well-known/.x"],
      200: ["/.well-known/x.txt", "/%2ewell-known/x.txt"],
    });
  });

  it("A45: of a link is served while it leads to a place inside the root", async () => {
    await assertStatuses(served, {
      200: ["/inside.txt"],
      404: ["/outside.txt", "/outside/x.txt", "/outside", "/elsewhere/x.txt"],
    });
  });

  it("A46: of a pipe, a socket or a device is 404 at once", { timeout: 5_000 }, async () => {
    const listening = createServer().listen(join(served.site.root, "socket"));
    await new Promise((resolve) => listening.once("listening", resolve));

    await assertStatuses(served, { 404: ["/fifo", "/socket", "/queue/", "/queue"] });

    await new Promise((resolve) => listening.close(resolve));
  });

  it("A48: names a file by its very case", async () => {
    await assertStatuses(served, { 200: ["/Case.txt"], 404: ["/case.txt", "/CASE.TXT"] });
  });

  it("A50: may hold any letters, escaped", async () => {
    assert.equal((await served.get("/b%C3%BCcher.txt")).text, "books");
    assert.equal((await served.get("/b%c3%bccher.txt")).text, "books");
    assert.equal(await served.status("/bu%CC%88cher.txt"), 404);
  });

  it("A51: takes GET and HEAD, and says so to others", async () => {
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "PURGE"]) {
      const { status, field } = await served.ask(request(method, "/a.txt", ["Content-Length: 0"]));
      assert.deepEqual([status, field("allow")], [405, "GET, HEAD"], method);
    }
    const { status, field } = await served.ask(request("OPTIONS", "/a.txt"));
    assert.deepEqual([status, field("allow")], [204, "GET, HEAD"]);
  });
});

everyWay(
  "a path with an app behind",
  {
    files: FILES,
    prepare,
    app: () => new Response("from the app", { status: 201 }),
    options: ({ root, base }) => ({
      static: {
        "/": { dir: root, symlinks: [join(base, "elsewhere")], dotfiles: "allow" },
        "/own": { dir: root, fallthrough: false, symlinks: "deny" },
        "/all": { dir: root, symlinks: "follow" },
      },
    }),
  },
  (served) => {
    it("A51: is left to the app when it names no file, or when the method is another", async () => {
      assert.equal((await served.get("/missing")).text, "from the app");
      assert.equal((await served.ask(request("POST", "/a.txt", ["Content-Length: 0"]))).text, "from the app");
      assert.equal((await served.get("/a.txt")).text, "the file a");
      await assertStatuses(served, {
        201: ["/../secret.txt", "/..%2fsecret.txt", "/outside.txt", "//a.txt"],
        400: ["/%00"],
      });
    });

    it("A51: stays with its mount where that says so", async () => {
      await assertStatuses(served, { 404: ["/own/missing", "/own"], 200: ["/own/sub/"] });
      assert.equal((await served.ask(request("DELETE", "/own/a.txt"))).status, 405);
    });

    it("A45: may lead to a further directory, anywhere, or nowhere, as its mount says", async () => {
      assert.equal((await served.get("/elsewhere/x.txt")).text, "from elsewhere");
      await assertStatuses(served, { 201: ["/outside.txt"], 404: ["/own/inside.txt", "/own/elsewhere/x.txt"] });
      assert.equal((await served.get("/all/outside.txt")).text, CANARY);
    });

    it("A44: may be a dotfile where its mount says so", async () => {
      assert.equal((await served.get("/.env")).text, CANARY);
      assert.equal(await served.status("/own/.env"), 404);
    });

    it("A41: escapes of one mount's prefix do not answer for another mount", async () => {
      assert.equal(await served.status("/%6fwn/inside.txt"), 201);
      assert.equal(await served.status("/own/inside.txt"), 404);
      assert.equal((await served.get("/inside.txt")).text, "the file a");
      assert.equal(await served.status("/own/inside.txt"), 404);
    });
  },
);

for (const platform of ["darwin", "win32"]) {
  it(`A48: on ${platform} a name that the file system finds in another case is not found`, () => {
    const mount = { roots: ["/r"], settings: mountOf("/tmp").settings };
    assert.equal(isServable("/r/Secret.txt", "/r/secret.txt", mount, platform), false);
    assert.equal(isServable("/r/Secret.txt", "/r/Secret.txt", mount, platform), true);
    assert.equal(isServable("/r/b\u00fccher.txt", "/r/bu\u0308cher.txt", mount, platform), true);
    assert.equal(isServable("/r/other.txt", "/r/link.txt", mount, platform), true);
  });
}

it("A49: on Windows names that mean something else are not found", () => {
  const mount = mountOf("/tmp");
  for (const name of [
    "a.txt::$DATA",
    "a.txt.",
    "a.txt ",
    "PROGRA~1",
    "con",
    "NUL.txt",
    "com1.log",
    "lpt9",
    "a*b",
    'a"b',
  ]) {
    assert.equal(isHidden(name, mount, 0, "win32"), true, name);
    assert.equal(isHidden(name, mount, 0, "linux"), false, name);
  }
  for (const name of ["a.txt", "console.log", "~a", "comma.css"])
    assert.equal(isHidden(name, mount, 0, "win32"), false, name);
});
