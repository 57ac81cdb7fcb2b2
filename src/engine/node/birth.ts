// Node's own requests and responses, born with the prototypes that an app would give them later
// (docs/decisions/036-born-on-the-node-engine.md).

import { EventEmitter } from "node:events";
import { IncomingMessage, Server, type ServerOptions, ServerResponse } from "node:http";
import type { NodePrototypes } from "../engine.ts";

/** From this version on, objects that were given another prototype share their hidden classes. */
const SHARES_CLASSES = Number.parseInt(process.versions.node, 10) >= 24;

/** What the engine itself calls of a response: an app that has its own of one of these does not get our answers. */
const OURS = ["writeHead", "writeContinue", "flushHeaders", "write", "end", "once", "on", "emit", "_send"] as const;

/** Node 24.9 says which request it asks about, when it asks whether one is an upgrade. */
const TELLS_WHICH = "shouldUpgradeCallback" in new Server();

/** What Node is told to make of a request. */
export interface Birth {
  /** For `createServer`. */
  readonly classes: Pick<ServerOptions, "IncomingMessage" | "ServerResponse">;
  /** Has `judge` decide of each request that wants an upgrade whether it is one. */
  readonly judgeUpgrades: (server: Server, judge: (request: IncomingMessage) => boolean) => void;
}

/**
 * The classes of one server. `prototypes` is asked at the first request, and from then on never again, unless it had none to
 * tell of: an app that changes its mind pays what it pays on node:http.
 */
export function birth(prototypes: (() => NodePrototypes | null) | undefined): Birth {
  const wanted = SHARES_CLASSES ? undefined : prototypes;
  if (wanted === undefined && TELLS_WHICH) {
    return { classes: {}, judgeUpgrades: (server, judge) => Object.assign(server, { shouldUpgradeCallback: judge }) };
  }
  let newest: IncomingMessage;
  let makers: Makers = GENUINE;
  function Incoming(this: unknown, socket: never): IncomingMessage {
    if (makers === GENUINE && wanted !== undefined) makers = makersOf(wanted());
    newest = new makers.Incoming(socket);
    return newest;
  }
  function Outgoing(this: unknown, request: never, options: never): ServerResponse {
    return new makers.Outgoing(request, options);
  }
  const classes = { IncomingMessage: Incoming, ...(wanted !== undefined && { ServerResponse: Outgoing }) };
  return {
    classes: classes as unknown as Birth["classes"],
    judgeUpgrades(server, judge) {
      server.listenerCount = (event, ...more): number => {
        if (event === "upgrade") return judge(newest) ? 1 : 0;
        return EventEmitter.prototype.listenerCount.call(server, event, ...more);
      };
    },
  };
}

/** Before the engine answers by itself: what an app has put in the place of Node's methods is meant for the app's answers. */
export function disown(response: ServerResponse): void {
  if (Object.getPrototypeOf(response) === ServerResponse.prototype) return;
  const methods = response as unknown as Record<string, unknown>;
  const genuine = ServerResponse.prototype as unknown as Record<string, unknown>;
  if (OURS.some((name) => methods[name] !== genuine[name])) Object.setPrototypeOf(response, ServerResponse.prototype);
}

interface Makers {
  readonly Incoming: new (socket: never) => IncomingMessage;
  readonly Outgoing: new (request: never, options: never) => ServerResponse;
}

const GENUINE: Makers = { Incoming: IncomingMessage, Outgoing: ServerResponse };

function makersOf(prototypes: NodePrototypes | null): Makers {
  if (prototypes === null) return GENUINE;
  // Called, not constructed with another `new.target`: on Node 20 that makes a hidden class for every object, too. Named as
  // Node's own, because traces show the name.
  const born: Record<"IncomingMessage" | "ServerResponse", (this: unknown, ...args: never[]) => void> = {
    IncomingMessage: function (this: unknown, socket: unknown): void {
      Reflect.apply(IncomingMessage, this, [socket]);
    },
    ServerResponse: function (this: unknown, request: unknown, options: unknown): void {
      Reflect.apply(ServerResponse, this, [request, options]);
    },
  };
  born.IncomingMessage.prototype = prototypes.request;
  born.ServerResponse.prototype = prototypes.response;
  return { Incoming: born.IncomingMessage, Outgoing: born.ServerResponse } as unknown as Makers;
}
