// The event 'upgrade' of an http.Server, from an exchange that offers one.

import { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { type Exchange, type NativeEntry, upgradeRefusal, VirtualSocket } from "../../src/internal.ts";
import { type Scope, type Surroundings, withServer } from "./bridge-state.ts";
import type { UpgradeTarget } from "./options.ts";

/** Whether `target` would do something with an upgrade at this moment: without a listener, Node makes it an ordinary request. */
export function takesUpgrades(target: UpgradeTarget): boolean {
  return target.listenerCount("upgrade") > 0;
}

/** `entry`, with upgrades for the listeners of `server`, which is also what `socket.server` is. */
export function withUpgrades(entry: NativeEntry, server: UpgradeTarget | undefined): NativeEntry {
  if (server === undefined) return entry;
  const known = withServer(server);
  const enter = (exchange: Exchange, host: Surroundings, scope: Scope): void => {
    const around = known(host);
    if (exchange.upgrade == null || !enterUpgrade(exchange, server, around, scope)) entry(exchange, around, scope);
  };
  const { nodePrototypes } = entry;
  return Object.assign(enter, {
    takesUpgrades: () => takesUpgrades(server),
    ...(nodePrototypes !== undefined && { nodePrototypes }),
  });
}

/**
 * Lets the listeners of `target` have the connection, and says whether that was done. Offers that are none by RFC 6455 are
 * refused here, before a library sees anything (H57).
 */
export function enterUpgrade(exchange: Exchange, target: UpgradeTarget, around: Surroundings, scope: Scope): boolean {
  const { upgrade } = exchange;
  if (upgrade == null || !takesUpgrades(target)) return false;
  if (upgrade.fault !== null) {
    exchange.send(upgradeRefusal(upgrade.fault));
    return true;
  }
  if (upgrade.handOver !== undefined) {
    const handed = upgrade.handOver();
    if (handed === null) return true;
    emit(target, around, handed.request, handed.socket, handed.head);
    return true;
  }
  const socket = new VirtualSocket(exchange, around, scope);
  emit(target, around, requestOf(exchange, socket), socket, Buffer.alloc(0));
  return true;
}

function emit(
  target: UpgradeTarget,
  around: Surroundings,
  request: object,
  socket: { destroy(): unknown },
  head: Buffer,
): void {
  try {
    target.emit("upgrade", request, socket, head);
  } catch (error) {
    around.report(error);
    socket.destroy();
  }
}

/** A genuine request, as complete as Node's own is by then. */
function requestOf(exchange: Exchange, socket: VirtualSocket): IncomingMessage {
  const request = new IncomingMessage(socket as unknown as Socket) as IncomingMessage & {
    upgrade: boolean;
    _addHeaderLines(lines: readonly string[], count: number): void;
  };
  const fields = withoutExtensions(exchange.fields);
  request.method = exchange.method;
  request.url = exchange.target;
  Object.assign(request, { httpVersion: "1.1", httpVersionMajor: 1, httpVersionMinor: 1, upgrade: true });
  request._addHeaderLines(fields, fields.length);
  request.complete = true;
  request.push(null);
  return request;
}

/** No extension is offered: compressed frames of the library's could not be told from others by the engine. */
function withoutExtensions(fields: readonly string[]): string[] {
  const rest: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] !== "sec-websocket-extensions") rest.push(fields[i]!, fields[i + 1]!);
  }
  return rest;
}
