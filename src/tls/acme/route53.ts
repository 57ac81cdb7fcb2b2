// TXT records at Amazon Route 53, by Amazon's own package: it knows every way in which a machine there gets its credentials.

import type * as sdk from "@aws-sdk/client-route-53";
import { ServerError } from "../../errors.ts";
import type { DnsProvider } from "./dns.ts";

export interface Route53Settings {
  /** Another address of the API, for tests. */
  readonly endpoint?: string | undefined;
}

const TTL_SECONDS = 60;

// Two writers of one record set must take turns: a set is replaced whole.
type Turn = <Value>(run: () => Promise<Value>) => Promise<Value>;

/** @throws ServerError `ERR_CERTIFICATE` when the package is missing */
export async function route53({ endpoint }: Route53Settings): Promise<DnsProvider> {
  const aws = await awsPackage();
  // Route 53 is the same everywhere; the package wants a region nevertheless.
  const client = new aws.Route53Client({ region: "us-east-1", ...(endpoint === undefined ? {} : { endpoint }) });
  const zones = new Route53Zones(aws, client);
  const inTurn = turns();
  return {
    async set(name, value) {
      await inTurn(async () => {
        const zone = await zones.zoneOf(name);
        const values = await zones.valuesOf(zone, name);
        if (!values.includes(`"${value}"`)) await zones.write(zone, name, "UPSERT", [...values, `"${value}"`]);
      });
    },
    async remove(name, value) {
      await inTurn(async () => {
        const zone = await zones.zoneOf(name);
        const values = await zones.valuesOf(zone, name);
        const kept = values.filter((other) => other !== `"${value}"`);
        if (kept.length === values.length) return;
        if (kept.length === 0) await zones.write(zone, name, "DELETE", values);
        else await zones.write(zone, name, "UPSERT", kept);
      });
    },
  };
}

class Route53Zones {
  readonly #aws: typeof sdk;
  readonly #client: sdk.Route53Client;

  constructor(aws: typeof sdk, client: sdk.Route53Client) {
    this.#aws = aws;
    this.#client = client;
  }

  async zoneOf(name: string): Promise<string> {
    for (let zone = name; zone.includes("."); zone = zone.slice(zone.indexOf(".") + 1)) {
      const command = new this.#aws.ListHostedZonesByNameCommand({ DNSName: zone, MaxItems: 5 });
      const { HostedZones = [] } = await this.#client.send(command);
      const found = HostedZones.find(({ Name, Config }) => Name === `${zone}.` && Config?.PrivateZone !== true);
      if (found?.Id !== undefined) return found.Id.replace(/^\/hostedzone\//u, "");
    }
    throw new ServerError("ERR_CERTIFICATE", `These AWS credentials see no public Route 53 zone for ${name}.`);
  }

  /** The values of the record, in quotes. */
  async valuesOf(zone: string, name: string): Promise<readonly string[]> {
    const from = { HostedZoneId: zone, StartRecordName: name, StartRecordType: "TXT", MaxItems: 1 } as const;
    const command = new this.#aws.ListResourceRecordSetsCommand(from);
    const { ResourceRecordSets: [set] = [] } = await this.#client.send(command);
    if (set?.Name !== `${name}.` || set.Type !== "TXT") return [];
    return (set.ResourceRecords ?? []).flatMap(({ Value }) => (Value === undefined ? [] : [Value]));
  }

  async write(zone: string, name: string, action: "UPSERT" | "DELETE", values: readonly string[]): Promise<void> {
    const records = values.map((Value) => ({ Value }));
    const set = { Name: name, Type: "TXT", TTL: TTL_SECONDS, ResourceRecords: records } as const;
    const batch = { Changes: [{ Action: action, ResourceRecordSet: set }] };
    const command = new this.#aws.ChangeResourceRecordSetsCommand({ HostedZoneId: zone, ChangeBatch: batch });
    await this.#client.send(command);
  }
}

async function awsPackage(): Promise<typeof sdk> {
  try {
    return await import("@aws-sdk/client-route-53");
  } catch (error) {
    const sentence = "Route 53 needs Amazon's package: npm install @aws-sdk/client-route-53";
    throw new ServerError("ERR_CERTIFICATE", sentence, { cause: error });
  }
}

function turns(): Turn {
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const next = last.then(run, run);
    last = next.catch(() => {});
    return next;
  };
}
