// Which hosts does this server answer for with HTTPS, and how far has each come?

import { ServerNames } from "../http/server-name.ts";

/** `placeholder`: a certificate that browsers trust is still to come. */
export type NameState = "issued" | "placeholder";

/** What a pair says of itself, as far as names are concerned. */
export interface NamedPair {
  readonly names: readonly string[];
  readonly origin: string;
}

export class ServedNames {
  private states = new ServerNames<NameState>();

  /** The names of `pairs`, in place of those before. */
  take(pairs: readonly NamedPair[]): void {
    this.states = new ServerNames();
    for (const { names, origin } of pairs) {
      for (const name of names) this.states.add(name, origin === "placeholder" ? "placeholder" : "issued");
    }
  }

  /** `host` is lower-case and has no port; `null` for a host that is none of ours. */
  stateOf(host: string): NameState | null {
    return this.states.find(host);
  }
}
