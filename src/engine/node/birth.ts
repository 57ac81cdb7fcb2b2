// Node's own requests and responses, born with the prototypes that an app would give them later
// (docs/decisions/036-born-on-the-node-engine.md).

import { IncomingMessage, ServerResponse } from "node:http";
import type { NodePrototypes } from "../engine.ts";

/** From this version on, objects that were given another prototype share their hidden classes. */
const SHARES_CLASSES = Number.parseInt(process.versions.node, 10) >= 24;

/** What the engine itself calls of a response: an app that has its own of one of these does not get our answers. */
const OURS = ["writeHead", "writeContinue", "flushHeaders", "write", "end", "once", "on", "emit", "_send"] as const;

/** What Node is told to make of a request. */
export interface Birth {
  readonly IncomingMessage: typeof IncomingMessage;
  readonly ServerResponse: typeof ServerResponse;
  /** The request whose head was read last: Node asks whether it is an upgrade without saying which. */
  readonly newest: () => IncomingMessage;
}

/**
 * The classes of one server. `prototypes` is asked at the first request, and from then on never again, unless it had none to
 * tell of: an app that changes its mind pays what it pays on node:http.
 */
export function birth(prototypes: (() => NodePrototypes | null) | undefined): Birth {
  let newest: IncomingMessage;
  let makers: Makers = GENUINE;
  const wanted = SHARES_CLASSES ? undefined : prototypes;
  function Incoming(this: unknown, socket: never): IncomingMessage {
    if (makers === GENUINE && wanted !== undefined) makers = makersOf(wanted());
    newest = new makers.Incoming(socket);
    return newest;
  }
  function Outgoing(this: unknown, request: never, options: never): ServerResponse {
    return new makers.Outgoing(request, options);
  }
  return {
    IncomingMessage: Incoming as unknown as typeof IncomingMessage,
    ServerResponse: Outgoing as unknown as typeof ServerResponse,
    newest: () => newest,
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
