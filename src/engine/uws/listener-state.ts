// What do the exchanges of one listener share?

import type { Endpoint } from "../../contract.ts";
import type { EngineLimits, Reply } from "../engine.ts";
import type { Peers } from "./peers.ts";
import type { PendingList } from "./pending.ts";

export interface ListenerState {
  readonly limits: EngineLimits;
  readonly pending: PendingList;
  readonly peers: Peers;
  /** Put on every reply that does not have them. */
  readonly replyFields: readonly string[];
  readonly local: Endpoint | null;
  /** No new connections: replies end theirs. */
  readonly stopping: boolean;
  onError(error: unknown): void;
  plainReply(status: number): Reply;
}
