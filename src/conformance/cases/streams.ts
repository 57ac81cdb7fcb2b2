// H25 to H28, H39 to H41: when does a response leave, how fast, and what if the client leaves first?

import assert from "node:assert/strict";
import type { Case } from "../case.ts";
import { patternAt } from "../fixture/visit.ts";
import { message, post } from "../octets.ts";
import type { Probe } from "../probe.ts";
import type { RawClient } from "../raw-client.ts";
import { turn, until } from "../waiting.ts";

const MIB = 1024 * 1024;

/** SPEC.md says within one second of the transport's noticing; a busy machine notices late. */
const HEAD_MS = 1_000;

async function headOf(probe: Probe, route: string): Promise<void> {
  const client = await probe.connect();
  await client.send(probe.get(route));
  await until(HEAD_MS, "the head", () => client.receivedText.includes("\r\n\r\n"));
  assert.match(client.receivedText, /^HTTP\/1\.1 200 /);
}

const LEAVING: readonly Case[] = [
  {
    id: "H39/chunks",
    says: "each chunk arrives without waiting for the next",
    profile: "stream",
    async check(probe) {
      const client = await probe.connect();
      await client.send(probe.get("gated"));
      for (let i = 0; i < 4; i++) {
        if (i > 0) await probe.release();
        await until(probe.patienceMs, `event ${i}`, () => client.receivedText.includes(`data: ${i}\n\n`));
      }
    },
  },
  {
    id: "H39/head",
    says: "the head of an event stream leaves before the first chunk is there",
    profile: "stream",
    check: (probe) => headOf(probe, "silent/events"),
  },
  {
    id: "H39/any-type",
    says: "the head of any stream leaves before the first chunk is there",
    profile: "stream",
    check: (probe) => headOf(probe, "silent"),
  },
  {
    id: "H40/stops",
    says: "a client that stops reading stops the source",
    profile: "stream",
    async check(probe) {
      const client = await probe.connect({ isPaused: true });
      await client.send(probe.get("endless"));
      await probe.noted("pull");
      let pulls = -1;
      // The operating system takes some megabytes; a host that waits for the client then pulls no more.
      for (let same = 0; same < 10;) {
        await turn(30);
        const now = (await probe.notes("pull")).length;
        same = now === pulls ? same + 1 : 0;
        pulls = now;
        assert.ok(pulls * 65_536 <= 32 * MIB, `${pulls} chunks of 64 KiB were pulled for a client that reads nothing`);
      }
    },
  },
  ...["", "/sized"].map((sized) => ({
    id: `H40/order${sized.replace("/", "-")}`,
    says: `a reader that stalls again and again gets every octet once and in order${sized && ", of a sized body"}`,
    profile: "stream" as const,
    async check(probe: Probe) {
      const size = 6 * MIB;
      const client = await probe.connect({ isPaused: true });
      await client.send(probe.get(`pattern/${size}${sized}`));
      await assertPattern(client, size);
    },
  })),
  {
    id: "H40/bytes",
    says: "a large body in memory reaches a slow reader whole",
    async check(probe) {
      const size = 6 * MIB;
      const client = await probe.connect({ isPaused: true });
      await client.send(probe.get(`large/${size}`));
      await assertPattern(client, size);
    },
  },
  ...["string", "number", "null", "buffer"].map((kind) => ({
    id: `H41/${kind}`,
    says: `a chunk that is no Uint8Array (${kind}) is an error of the stream, never coerced`,
    async check(probe: Probe) {
      const client = await probe.connect();
      await client.send(probe.get(`chunk/${kind}`));
      const answer = await client.responseOrClose(probe.patienceMs);
      assert.ok(answer !== "neither", "neither an answer nor the end");
      // What fails before anything was sent may be answered 500 (H48).
      assert.ok(answer === null || answer.status === 500, `a clean end: ${JSON.stringify(answer?.text)}`);
      assert.ok(!client.receivedText.includes("coerced"), "the chunk was sent as text");
    },
  })),
];

async function assertPattern(client: RawClient, size: number): Promise<void> {
  for (let round = 0; round < 12; round++) {
    client.resume();
    await turn();
    client.pause();
    await turn(5);
  }
  const { body } = await client.response({ withinMs: 15_000 });
  assert.equal(body.length, size);
  assert.ok(body.equals(patternAt(0, size)), "the octets are not those that were sent, in order");
}

const WAYS: Readonly<Record<string, (client: RawClient) => void>> = {
  leave: (client) => client.leave(),
  reset: (client) => client.reset(),
};

function left(phase: string, says: string, route: string, ready: string, event: "abort" | "cancel"): Case[] {
  return Object.entries(WAYS).map(([way, go]) => ({
    id: `H25/${phase}-${way}`,
    says: `${says} (${way === "reset" ? "reset" : "closed"})`,
    async check(probe) {
      const client = await probe.connect();
      await client.send(probe.get(route));
      await probe.noted(ready);
      if (phase === "mid-stream") await client.peek(100_000, probe.patienceMs);
      go(client);
      const [seen] = await probe.noted(event);
      if (event === "abort" || phase === "mid-stream") assert.equal(seen?.["name"], "AbortError", "the reason");
    },
  }));
}

/** Leaves while the handler has not answered. */
async function leaveDuring(probe: Probe, octets: string): Promise<void> {
  const client = await probe.connect();
  await client.send(octets);
  await probe.noted("call");
  client.leave();
}

const GONE: readonly Case[] = [
  ...left(
    "pending",
    "a client that leaves aborts the signal of a handler that has not answered",
    "hang",
    "call",
    "abort",
  ),
  ...left("first-chunk", "it cancels a body that has given nothing yet", "silent/events", "pull", "cancel"),
  ...left("silent", "it aborts the signal while a body is silent", "silent/events", "pull", "abort"),
  ...left("mid-stream", "it cancels a body in the middle, with an AbortError", "endless", "pull", "cancel"),
  {
    id: "H25/same",
    says: "the abort is told alike by the request and the context",
    needs: "context",
    async check(probe) {
      await leaveDuring(probe, probe.get("hang"));
      const [seen] = await probe.noted("abort");
      assert.deepEqual([seen?.["same"], seen?.["isDom"]], [true, true]);
    },
  },
  {
    id: "H25/upload",
    says: "it rejects the read of its upload with the reason of the signal",
    async check(probe) {
      await leaveDuring(probe, message("POST", probe.path("read"), ["Content-Length: 10"], "hello"));
      const [seen] = await probe.noted("rejected");
      assert.deepEqual([seen?.["name"], seen?.["isReason"]], ["AbortError", true]);
    },
  },
  {
    id: "H27/later-body",
    says: "the body of a result that comes after the client left is cancelled",
    async check(probe) {
      await leaveDuring(probe, probe.get("hang/stream"));
      await probe.noted("abort");
      await probe.noted("cancel");
    },
  },
  {
    id: "H27/later-error",
    says: "an error that comes after the client left harms nobody",
    async check(probe) {
      await leaveDuring(probe, probe.get("hang/throw"));
      await probe.noted("abort");
      assert.equal((await probe.ask(probe.get("path"))).status, 200);
    },
  },
];

const STAYING: readonly Case[] = [
  ...["text", "stream", "cancel", "ignore"].map((how) => ({
    id: `H26/${how}`,
    says: `no signal aborts when the answer was complete (${how})`,
    async check(probe: Probe) {
      const client = await probe.connect();
      for (let i = 0; i < 15; i++) {
        await client.send(post(probe.path(`stays/${how}`), "hello"));
        assert.equal((await client.response()).status, 200);
        if (!client.isOpen) break;
      }
      client.leave();
      await turn(300);
      const aborts = await probe.notes("abort");
      assert.equal(aborts.length, 0, `${aborts.length} signals aborted`);
    },
  })),
  {
    id: "H28/fulfilled",
    says: "completed fulfils after the answer, whatever waitUntil holds",
    needs: "context",
    async check(probe) {
      assert.equal((await probe.ask(probe.get("completion"))).text, "ok");
      await probe.noted("completed");
      const order = (await probe.notes()).map(({ event }) => event).filter((event) => event !== "call");
      assert.deepEqual(order, ["returned", "completed"]);
      await probe.release();
    },
  },
  {
    id: "H28/rejected",
    says: "completed rejects with the reason when the client leaves",
    needs: "context",
    async check(probe) {
      const client = await probe.connect();
      await client.send(probe.get("completion/endless"));
      await client.peek(100_000, probe.patienceMs);
      client.leave();
      assert.equal((await probe.noted("incomplete"))[0]?.["name"], "AbortError");
      await probe.release();
    },
  },
];

export const STREAMS: readonly Case[] = [...LEAVING, ...GONE, ...STAYING];
