// The node engine ends a connection that has been idle for long by itself: Node's timer for that costs more than a look now and then.

import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterEach, describe, it } from "node:test";

import { Connection, type ConnectionExchange } from "../../src/engine/node/connection.ts";

const KEEP_MS = 1_000;

describe("A connection of the node engine without an exchange", () => {
  let stop = (): void => {};
  afterEach(() => stop());

  async function connected(keepAliveMs: number): Promise<{ connection: Connection; client: Socket }> {
    const server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const client = connect((server.address() as AddressInfo).port, "127.0.0.1").resume();
    const [socket] = (await once(server, "connection")) as [Socket];
    stop = () => {
      socket.destroy();
      client.destroy();
      server.close();
    };
    return { connection: new Connection(socket, null, keepAliveMs), client };
  }

  it("is closed when it has been idle for too long, and not before", async () => {
    const { connection, client } = await connected(KEEP_MS);

    connection.sweep(5_000);
    connection.sweep(5_000 + KEEP_MS);
    assert.equal(connection.isClosing, false);
    connection.sweep(5_001 + KEEP_MS);

    assert.equal(connection.isClosing, true);
    await once(client, "end");
  });

  it("begins anew with each exchange", async () => {
    const { connection } = await connected(KEEP_MS);
    const exchange: ConnectionExchange = { clientLeft() {}, bodyBroken() {}, sweep() {}, abort() {} };

    connection.sweep(0);
    connection.add(exchange);
    connection.sweep(KEEP_MS * 10);
    connection.remove(exchange);
    connection.sweep(KEEP_MS * 20);
    connection.sweep(KEEP_MS * 21);

    assert.equal(connection.isClosing, false);
  });

  it("forgets the timeout that a listener has set for its request", async () => {
    const { connection } = await connected(KEEP_MS);
    const exchange: ConnectionExchange = { clientLeft() {}, bodyBroken() {}, sweep() {}, abort() {} };

    connection.add(exchange);
    connection.socket.setTimeout(60_000);
    connection.remove(exchange);

    assert.equal(connection.socket.timeout, 0);
  });

  it("is left alone where it belongs to somebody else's server", async () => {
    const { connection } = await connected(0);

    connection.sweep(0);
    connection.sweep(KEEP_MS * 1_000);

    assert.equal(connection.isClosing, false);
  });
});
