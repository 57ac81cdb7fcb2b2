// Clients as they come over the internet: some ask and wait, others leave in every phase, read slowly or talk nonsense.

import { random, type Random } from "./random.ts";
import { RawClient } from "./raw-client.ts";
import { turn } from "./waiting.ts";

export interface Storm {
  readonly forMs: number;
  readonly seed: number;
  /** At the same time. */
  readonly clients?: number;
}

/** What the clients did, and how often. */
export type Deeds = Readonly<Record<string, number>>;

const HEAD = "Host: a.example\r\n";
const get = (target: string): string => `GET ${target} HTTP/1.1\r\n${HEAD}\r\n`;

function upload(chance: Random): string {
  const content = "0123456789abcdef".repeat(1 + chance.below(5_000));
  const body = `--b\r\nContent-Disposition: form-data; name="file"; filename="f.txt"\r\n\r\n${content}\r\n--b--\r\n`;
  const fields = `${HEAD}Content-Type: multipart/form-data; boundary=b\r\n`;
  if (chance.below(2) === 0) return `POST /files HTTP/1.1\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`;
  const chunks = (body.match(/[\s\S]{1,9000}/gu) ?? []).map((part) => `${part.length.toString(16)}\r\n${part}\r\n`);
  return `POST /files HTTP/1.1\r\n${fields}Transfer-Encoding: chunked\r\n\r\n${chunks.join("")}0\r\n\r\n`;
}

function anyRequest(chance: Random): string {
  const targets = [
    "/",
    "/files",
    "/files/1",
    "/count/500",
    "/count/100000",
    "/fail",
    "/nowhere",
    "/style.css",
    "/events",
  ];
  return chance.below(3) === 0 ? upload(chance) : get(chance.pick(targets));
}

/** How a client goes. */
function part(client: RawClient, chance: Random): void {
  if (chance.below(2) === 0) client.leave();
  else client.reset();
}

type Deed = (client: RawClient, chance: Random) => Promise<unknown>;

const DEEDS: Readonly<Record<string, Deed>> = {
  async "asks several times"(client, chance) {
    for (let i = 0; i < 4; i++) {
      await client.send(get(chance.pick(["/", "/files", "/count/2000", "/fail", "/shelf.js"])));
      if ((await client.responseOrClose(10_000)) === null) return;
    }
  },
  async uploads(client, chance) {
    await client.send(upload(chance));
    await client.responseOrClose(10_000);
  },
  async "leaves in the head"(client, chance) {
    const octets = anyRequest(chance);
    await client.send(octets.slice(0, 1 + chance.below(octets.indexOf("\r\n\r\n"))));
    part(client, chance);
  },
  async "leaves in the body"(client, chance) {
    const octets = upload(chance);
    const start = octets.indexOf("\r\n\r\n") + 4;
    await client.send(octets.slice(0, start + chance.below(octets.length - start)));
    if (chance.below(2) === 0) await turn(chance.below(20));
    part(client, chance);
  },
  async "leaves at once"(client, chance) {
    await client.send(anyRequest(chance));
    part(client, chance);
  },
  async "leaves in the answer"(client, chance) {
    await client.send(anyRequest(chance));
    await client.peek(1 + chance.below(300), 5_000).catch(() => {});
    part(client, chance);
  },
  async "reads slowly"(client, chance) {
    await client.send(get("/count/300000"));
    for (let i = 0; i < 5; i++) {
      client.pause();
      await turn(chance.below(40));
      client.resume();
      await turn(1);
    }
    part(client, chance);
  },
  async "watches the events"(client, chance) {
    await client.send(get("/events"));
    await client.peek(50, 5_000).catch(() => {});
    await turn(chance.below(100));
    part(client, chance);
  },
  async pipelines(client, chance) {
    await client.send(anyRequest(chance) + anyRequest(chance) + get("/"));
    await client.responseOrClose(3_000).catch(() => {});
    part(client, chance);
  },
  async "closes its half"(client, chance) {
    await client.send(anyRequest(chance));
    client.halfClose();
    await turn(chance.below(30));
    part(client, chance);
  },
  async "talks nonsense"(client, chance) {
    const octets = Array.from({ length: 1 + chance.below(200) }, () => chance.below(256));
    await client.send(chance.below(2) === 0 ? Uint8Array.from(octets) : "GET / HTTP/9.9\r\n\r\n\r\n");
    await turn(chance.below(20));
    part(client, chance);
  },
};

/** Sends such clients to `port` for a while. A client that cannot connect fails it: the server no longer takes any. */
export async function storm(port: number, { forMs, seed, clients = 12 }: Storm): Promise<Deeds> {
  const deeds: Record<string, number> = {};
  const end = performance.now() + forMs;
  const names = Object.keys(DEEDS);
  const one = async (number: number): Promise<void> => {
    const chance = random(seed + number);
    while (performance.now() < end) {
      const name = chance.pick(names);
      const client = await RawClient.connect(port);
      await DEEDS[name]?.(client, chance);
      client.leave();
      deeds[name] = (deeds[name] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, number) => one(number)));
  return deeds;
}
