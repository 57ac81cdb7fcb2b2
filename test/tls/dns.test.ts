// Do the DNS plug-ins speak their provider's documented API, and does the wait see what the world sees?

import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { cloudflare } from "../../src/tls/acme/cloudflare.ts";
import { propagated, recordName } from "../../src/tls/acme/dns.ts";
import { route53 } from "../../src/tls/acme/route53.ts";
import { createOnDemand } from "../../src/tls/on-demand.ts";
import { Pebble, withoutPebble } from "../support/pebble.ts";

interface Call {
  readonly line: string;
  readonly body: string;
  readonly authorization: string;
}

/** A local stand-in for a provider's API. */
async function api(
  answer: (call: Call) => { readonly status?: number; readonly type?: string; readonly body: string },
): Promise<AsyncDisposable & { readonly url: string; readonly calls: Call[] }> {
  const calls: Call[] = [];
  const read = async (incoming: IncomingMessage): Promise<Call> => {
    let body = "";
    for await (const chunk of incoming.setEncoding("utf8")) body += chunk as string;
    return { line: `${incoming.method} ${incoming.url}`, body, authorization: incoming.headers.authorization ?? "" };
  };
  const server = createServer((incoming, outgoing) => {
    void read(incoming).then((call) => {
      calls.push(call);
      const { status = 200, type = "application/json", body } = answer(call);
      outgoing.writeHead(status, { "content-type": type }).end(body);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("Cloudflare", () => {
  it("B19: gets a record into the nearest zone, once, and only its own out again", async () => {
    const records: { id: string; name: string; content: string }[] = [
      { id: "r0", name: "_acme-challenge.a.example.com", content: '"another value"' },
    ];
    const ok = (result: unknown): { body: string } => ({ body: JSON.stringify({ success: true, errors: [], result }) });
    await using cloud = await api(({ line, body }) => {
      const url = new URL(line.split(" ")[1] ?? "", "http://x");
      if (url.pathname === "/zones") return ok(url.searchParams.get("name") === "example.com" ? [{ id: "z1" }] : []);
      if (line.startsWith("GET /zones/z1/dns_records")) {
        return ok(records.filter(({ name }) => name === url.searchParams.get("name")));
      }
      if (line.startsWith("POST")) {
        const { name, content } = JSON.parse(body) as { name: string; content: string };
        records.push({ id: "r1", name, content });
        return ok({ id: "r1" });
      }
      const gone = records.findIndex(({ id }) => line.endsWith(`/${id}`));
      records.splice(gone, 1);
      return ok({ id: "gone" });
    });
    const provider = cloudflare({ token: "t0ken", endpoint: cloud.url });
    const name = "_acme-challenge.a.example.com";
    await provider.set(name, "value");
    await provider.set(name, "value");
    assert.deepEqual(
      records.map(({ content }) => content),
      ['"another value"', '"value"'],
    );
    await provider.remove(name, "value");
    await provider.remove(name, "value");

    assert.deepEqual(
      records.map(({ id }) => id),
      ["r0"],
    );
    assert.ok(cloud.calls.every(({ authorization }) => authorization === "Bearer t0ken"));
    assert.ok(cloud.calls.some(({ line }) => line === "GET /zones?name=a.example.com"));
  });

  it("says what the API said, without the token", async () => {
    await using cloud = await api(() => ({
      status: 403,
      body: JSON.stringify({ success: false, errors: [{ code: 9109, message: "Invalid access token" }] }),
    }));

    await assert.rejects(
      cloudflare({ token: "t0ken", endpoint: cloud.url }).set("a.example.com", "v"),
      (error: Error) => {
        assert.match(error.message, /Cloudflare refused GET \/zones: 403 Invalid access token \(9109\)/u);
        return !error.message.includes("t0ken");
      },
    );
  });
});

describe("Route 53", () => {
  it("B9, B19: holds two values under one name, and removes one after the other", async () => {
    let values: string[] = [];
    const xml = (body: string): { type: string; body: string } => ({
      type: "text/xml",
      body: `<?xml version="1.0"?>${body}`,
    });
    await using amazon = await api(({ line, body }) => {
      if (line.includes("/hostedzonesbyname")) {
        const zone =
          "<HostedZone><Id>/hostedzone/Z1</Id><Name>example.com.</Name><CallerReference>r</CallerReference></HostedZone>";
        const found =
          new URL(line.split(" ")[1] ?? "", "http://x").searchParams.get("dnsname") === "example.com" ? zone : "";
        const rest = "<IsTruncated>false</IsTruncated><MaxItems>5</MaxItems>";
        return xml(
          `<ListHostedZonesByNameResponse><HostedZones>${found}</HostedZones>${rest}</ListHostedZonesByNameResponse>`,
        );
      }
      if (line.startsWith("GET")) {
        const records = values.map((value) => `<ResourceRecord><Value>${value}</Value></ResourceRecord>`).join("");
        const set =
          values.length === 0
            ? ""
            : `<ResourceRecordSet><Name>_acme-challenge.example.com.</Name><Type>TXT</Type><TTL>60</TTL><ResourceRecords>${records}</ResourceRecords></ResourceRecordSet>`;
        const rest = "<IsTruncated>false</IsTruncated><MaxItems>1</MaxItems>";
        return xml(
          `<ListResourceRecordSetsResponse><ResourceRecordSets>${set}</ResourceRecordSets>${rest}</ListResourceRecordSetsResponse>`,
        );
      }
      const given = [...body.matchAll(/<Value>([^<]*)<\/Value>/gu)].map(([, value = ""]) =>
        value.replaceAll("&quot;", '"'),
      );
      values = body.includes("<Action>DELETE</Action>") ? [] : given;
      const info =
        "<ChangeInfo><Id>/change/C1</Id><Status>INSYNC</Status><SubmittedAt>2026-01-01T00:00:00Z</SubmittedAt></ChangeInfo>";
      return xml(`<ChangeResourceRecordSetsResponse>${info}</ChangeResourceRecordSetsResponse>`);
    });
    process.env["AWS_ACCESS_KEY_ID"] = "id";
    process.env["AWS_SECRET_ACCESS_KEY"] = "secret";
    const provider = await route53({ endpoint: amazon.url });
    const name = "_acme-challenge.example.com";
    await Promise.all([provider.set(name, "one"), provider.set(name, "two"), provider.set(name, "one")]);
    assert.deepEqual(values, ['"one"', '"two"']);
    await provider.remove(name, "one");
    assert.deepEqual(values, ['"two"']);
    await provider.remove(name, "two");
    await provider.remove(name, "two");

    assert.deepEqual(values, []);
    assert.ok(amazon.calls.every(({ authorization }) => authorization.startsWith("AWS4-HMAC-SHA256 Credential=id/")));
  });
});

describe("B19: the wait for a record", { skip: withoutPebble() }, () => {
  it("sees it at the resolver where no name server can be found, and gives up in words", async () => {
    await using pebble = await Pebble.start();
    const settings = { resolvers: [pebble.dnsServer], timeoutMs: 1200, port: 53 };
    const { signal } = new AbortController();
    await pebble.dns("set-txt", { host: "_acme-challenge.seen.example.", value: "v" });
    await propagated("_acme-challenge.seen.example", "v", settings, signal);
    await pebble.dns("set-cname", { host: "_acme-challenge.far.example.", target: "b.example." });

    assert.equal(await recordName("far.example", settings), "b.example");
    await assert.rejects(
      propagated("_acme-challenge.seen.example", "other", settings, signal),
      /The TXT record of _acme-challenge\.seen\.example was not visible at its name servers after 1 s/u,
    );
  });
});

describe("B51: certificates on demand", () => {
  it("are for names that the app wants; its answers are remembered, a failure is a no", async () => {
    let now = 0;
    const asked: string[] = [];
    const gate = createOnDemand(
      (name) => {
        asked.push(name);
        if (name === "broken.example") throw new Error("no database");
        return name === "yes.example";
      },
      () => now,
    );
    const answers = [];
    for (const name of ["yes.example", "no.example", "broken.example", "yes.example", "no.example"]) {
      answers.push(await gate.allows(name));
    }
    now = 61_000;
    await gate.allows("no.example");
    await gate.allows("yes.example");

    assert.deepEqual(answers, [true, false, false, true, false]);
    assert.deepEqual(asked, ["yes.example", "no.example", "broken.example", "no.example"]);
  });

  it("are asked for at a URL, where 2xx is a yes", async () => {
    await using app = await api(({ line }) => ({
      status: line === "GET /ask?key=1&domain=yes.example" ? 204 : 404,
      body: "",
    }));
    const gate = createOnDemand(`${app.url}/ask?key=1`, Date.now);

    assert.deepEqual([await gate.allows("yes.example"), await gate.allows("no.example")], [true, false]);
    assert.equal(await createOnDemand("http://127.0.0.1:1/", Date.now).allows("yes.example"), false);
  });
});
