// What do a primary and its workers say to each other? Nothing else may go over their channel by us.

/** Where a worker listens, as its own server says it. */
export interface Listening {
  readonly easyserver: "listening";
  readonly url: string;
  readonly urls: readonly string[];
  readonly port: number;
  readonly engine: { readonly name: "uws" | "node"; readonly version: string; readonly note: string | null };
  /** How many workers its settings ask for: the settings file may have changed since the primary read it. */
  readonly workers: number;
}

/** From a worker. */
export type FromWorker =
  /** It is there, and wants to know its ports. */
  | { readonly easyserver: "joins" }
  | Listening
  /** Its event loop goes round. */
  | { readonly easyserver: "alive" };

/** To a worker. */
export type ToWorker =
  /** The real ones, in the order of the addresses: where the settings say 0, all workers have to take the same. */
  | { readonly easyserver: "ports"; readonly ports: readonly number[] }
  | { readonly easyserver: "stop"; readonly deadlineMs: number };

/** Reads a message; `null` for what the app sends over the same channel. */
export function fromWorker(message: unknown): FromWorker | null {
  return isOurs(message) ? (message as FromWorker) : null;
}

/** As `fromWorker`, on the other side. */
export function toWorker(message: unknown): ToWorker | null {
  return isOurs(message) ? (message as ToWorker) : null;
}

function isOurs(message: unknown): boolean {
  return typeof message === "object" && message !== null && "easyserver" in message;
}
