// `easyserver certs`: what the store holds, a renewal now, or a certificate brought along.

import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { ServerError } from "../../errors.ts";
import { invalidOptions, type ResolvedOptions } from "../../options.ts";
import { type CertificateEvent, eventLine } from "../../tls/events.ts";
import { dueAt } from "../../tls/managed.ts";
import type { Manager } from "../../tls/manager.ts";
import { openCertificates, openStore } from "../../tls/open.ts";
import { readPair } from "../../tls/pair.ts";
import { IMPORTED_ID, listAttempts, listPairs, savePair, shelfId } from "../../tls/shelf.ts";
import { checkStore, type Store } from "../../tls/store.ts";
import type { CommandLine, Flag } from "../command-flags.ts";
import type { Command } from "../commands.ts";
import { EXIT } from "../failure.ts";
import { readWithSettings } from "../settings.ts";

const ACTIONS = ["list", "renew", "import"] as const;

const LINE = {
  name: "certs",
  usage: "[list | renew | import] [options]",
  about:
    "list shows every certificate of the store. renew orders those of the settings (or of --domain) now, whatever their age; a " +
    "running server of the same store answers the authority and takes them over. import puts a certificate of yours into the store. " +
    "Takes the settings of the server as flags, too, such as --store and --domain.",
  examples: [
    "easyserver certs --json",
    "easyserver certs renew --domain example.com",
    "easyserver certs import --chain chain.pem --private key.pem",
  ],
  positionals: { from: 0, to: 1 },
  flags: {
    json: { help: "Print JSON and nothing else." },
    chain: { placeholder: "<pem>", help: "import: the certificate, then what leads to its root." },
    private: { placeholder: "<pem>", help: "import: its private key, not encrypted." },
  },
} as const satisfies CommandLine<Readonly<Record<string, Flag>>>;

export const command: Command = {
  async run(argv) {
    const given = await readWithSettings(LINE, argv);
    if (given === null) return EXIT.ok;
    const [action = "list"] = given.positionals;
    const { json, chain, private: key } = given.flags;
    if (action === "list") return await inStore(given.settings, (store) => list(store, json));
    if (action === "renew") return await renew(given.settings, json);
    if (action !== "import")
      throw invalidOptions([`certs knows ${ACTIONS.join(", ")}: got ${JSON.stringify(action)}.`]);
    if (chain === undefined || key === undefined)
      throw invalidOptions(["certs import needs --chain <pem> and --private <pem>."]);
    return await inStore(given.settings, (store) => importPair(store, chain, key));
  },
};

async function inStore(settings: ResolvedOptions, run: (store: Store) => Promise<number>): Promise<number> {
  const store = await openStore(settings);
  try {
    return await run(store);
  } finally {
    await store.close();
  }
}

/** One certificate as the list shows it; times are ISO 8601. */
interface Row {
  readonly names: readonly string[];
  readonly authority: string;
  readonly notAfter: string | null;
  readonly daysLeft: number | null;
  readonly renewAt: string | null;
  readonly nextTry: string | null;
  readonly lastError: string | null;
}

async function list(store: Store, json: boolean): Promise<number> {
  const attempts = new Map(await listAttempts(store));
  const listed = new Map<string, Row>();
  for (const shelved of await listPairs(store)) {
    const failed = attempts.get(shelved.id) ?? null;
    attempts.delete(shelved.id);
    // An imported one is stored for each of its names, so that whoever looks for one of them finds it.
    const key = `${shelved.authority} ${shelved.pair.chainPem}`;
    if (listed.has(key) && failed === null) continue;
    listed.set(key, {
      names: shelved.pair.names,
      authority: shelved.authority,
      notAfter: iso(shelved.pair.notAfter),
      daysLeft: Math.floor((shelved.pair.notAfter - Date.now()) / 86_400_000),
      renewAt: iso(dueAt(shelved)),
      nextTry: failed === null ? null : iso(failed.next),
      lastError: failed?.error ?? null,
    });
  }
  const rows = [...listed.values()];
  for (const { names, next, error } of attempts.values()) {
    rows.push({
      names,
      authority: "-",
      notAfter: null,
      daysLeft: null,
      renewAt: null,
      nextTry: iso(next),
      lastError: error,
    });
  }
  if (json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else process.stdout.write(rows.length === 0 ? `No certificates in ${store.label}.\n` : table(rows));
  return EXIT.ok;
}

function table(rows: readonly Row[]): string {
  const head = ["NAMES", "FROM", "DAYS LEFT", "RENEWAL", "LAST ERROR"];
  const cells = rows.map((row) => [
    row.names.join(", "),
    row.authority,
    row.daysLeft === null ? "none" : row.daysLeft < 0 ? "EXPIRED" : String(row.daysLeft),
    (row.nextTry ?? row.renewAt ?? "-").slice(0, 16).replace("T", " "),
    row.lastError ?? "-",
  ]);
  const widths = head.map((text, column) => Math.max(text.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const lines = [head, ...cells].map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

async function renew(settings: ResolvedOptions, json: boolean): Promise<number> {
  if (settings.domains.length === 0 && !settings.https) {
    throw invalidOptions(["certs renew needs names: --domain, or domains in the settings file."]);
  }
  const events: CertificateEvent[] = [];
  const manager = await openCertificates(settings, {
    onEvent: (event) => {
      events.push(event);
      // Results are on stdout, the story is on stderr.
      if (!json) process.stderr.write(`${eventLine(event, Date.now()).message}\n`);
    },
  });
  const port = await answer(manager, settings);
  try {
    await manager.start();
    await manager.renew([]);
  } finally {
    await manager.close();
    port?.close();
    port?.closeAllConnections();
  }
  const failed = events.filter(({ type }) => type === "cert_failed" || type === "cert_waiting");
  const done = events.filter(({ type }) => type === "cert_obtained" || type === "cert_renewed");
  if (json) process.stdout.write(`${JSON.stringify(events, null, 2)}\n`);
  else process.stdout.write(`${done.length} renewed, ${failed.length} failed.\n`);
  return failed.length === 0 && done.length > 0 ? EXIT.ok : EXIT.failedStart;
}

/** Answers the authority on the plain port, unless a server does that already: then it finds our tokens in the store. */
async function answer(manager: Manager, { httpPort, dns }: ResolvedOptions): Promise<Server | null> {
  if (dns !== null || httpPort === false) return null;
  const server = createServer((request, response) => {
    const [, token] = /^\/\.well-known\/acme-challenge\/([^/?]+)$/u.exec(request.url ?? "") ?? [];
    const found = token === undefined ? null : manager.challenge(request.headers.host ?? "", token);
    void Promise.resolve(found).then((content) => {
      response.writeHead(content === null ? 404 : 200, { "content-type": "text/plain" }).end(content ?? "not found\n");
    });
  });
  try {
    server.listen(httpPort);
    await once(server, "listening");
    return server;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "EADDRINUSE") return null;
    if (code !== "EACCES") throw error;
    process.stderr.write(`This user may not open port ${httpPort}: a running server has to answer the authority.\n`);
    return null;
  }
}

async function importPair(store: Store, chainFile: string, keyFile: string): Promise<number> {
  const [chainPem, keyPem] = await Promise.all([readPem(chainFile, "--chain"), readPem(keyFile, "--private")]);
  const pair = readPair(chainPem, keyPem, "acme");
  if (pair.notAfter < Date.now()) {
    throw new ServerError(
      "ERR_CERTIFICATE",
      `The certificate for ${pair.names.join(", ")} ended on ${iso(pair.notAfter)}.`,
    );
  }
  await checkStore(store, `import-${process.pid}`);
  const facts = { names: pair.names, obtained: Date.now(), onDemand: false, renewal: null };
  const ids = new Set([...pair.names.map((name) => shelfId([name])), shelfId(pair.names)]);
  for (const id of ids) await savePair(store, id, { authority: IMPORTED_ID, pair, facts });
  process.stdout.write(`Imported for ${pair.names.join(", ")}, valid until ${iso(pair.notAfter)}.\n`);
  return EXIT.ok;
}

async function readPem(path: string, flag: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw invalidOptions([`${flag} is ${JSON.stringify(path)}, which cannot be read: ${(error as Error).message}.`]);
  }
}
