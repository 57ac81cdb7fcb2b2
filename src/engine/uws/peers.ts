// Who is at the other end of a request's connection? Asking the engine is a system call and an ArrayBuffer for each request: more
// than all else that the engine does for a small one.

import type { Endpoint } from "../../contract.ts";
import { peerEndpoint } from "./head.ts";
import type { NativeResponse } from "./native.ts";

/**
 * While all open connections come from one address, as they do behind a proxy on the same machine, that address is the
 * answer for each of them. As soon as a second one is seen the engine is asked, until no connection is left.
 */
export class Peers {
  private open = 0;
  private sole: Endpoint | null = null;
  private differ = false;

  /** A connection has come. The engine can be asked about it. */
  opened(response: NativeResponse): void {
    this.open++;
    if (this.differ) return;
    const peer = peerEndpoint(response);
    if (this.open === 1) this.sole = peer;
    this.differ = peer === null || peer.address !== this.sole?.address;
    if (this.differ) this.sole = null;
  }

  closed(): void {
    this.open--;
    if (this.open > 0) return;
    this.sole = null;
    this.differ = false;
  }

  /** Of a connection that is open. `null` when its client has reset it. */
  of(response: NativeResponse): Endpoint | null {
    const { sole } = this;
    if (sole === null) return peerEndpoint(response);
    const port = response.getRemotePort?.() ?? 0;
    return port === sole.port ? sole : Object.freeze({ ...sole, port });
  }
}
