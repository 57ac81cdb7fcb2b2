// May this request be dispatched, and how is it framed? One walk over the field lines, before anything else runs.
// The engines' parsers let through what RFC 9112 forbids, so these rules are the ones that count. What both parsers do
// refuse is not looked for again: NUL, CR and LF in a value, names that are no tokens, folded lines.

import { parseContentLength, parseTransferEncoding } from "./framing.ts";
import { hasOption } from "./header-list.ts";
import { isHost } from "./host.ts";
import { methodStatus } from "./method.ts";
import { targetForm } from "./request-target.ts";

/** Why a request is refused: the same shape as the engine's own `HeadFault`. */
export interface HeadFault {
  readonly status: number;
  /** For the log, never for the client. */
  readonly detail: string;
  readonly close: boolean;
}

export interface HeadLimits {
  readonly maxTargetBytes: number;
  /** Largest declared body; 0 refuses every body. */
  readonly maxBodyBytes: number;
  /** Sum over the field lines of name, value and the four octets `: ` and CRLF. */
  readonly maxHeaderBytes: number;
  /** Answer chunked bodies with 411: for a parser that cannot be trusted with trailers (RFC 9112 section 6.3). */
  readonly rejectChunked: boolean;
}

// Every fault closes: a peer that breaks one rule is not trusted with the next message (H1, H2, H16).
const fault = (status: number, detail: string): HeadFault => Object.freeze({ status, detail, close: true });

const LENGTH_INVALID = fault(400, "Content-Length is not a number");
const LENGTH_DIFFERS = fault(400, "several Content-Length lines differ");
const LENGTH_AND_CODING = fault(400, "Content-Length and Transfer-Encoding together");
const CODING_INVALID = fault(400, "Transfer-Encoding does not end in one chunked coding");
const CODING_UNKNOWN = fault(501, "the transfer coding is not implemented");
const CODING_IN_1_0 = fault(400, "Transfer-Encoding in an HTTP/1.0 request");
const CHUNKED_REFUSED = fault(411, "chunked request bodies are not accepted");
const BODY_TOO_LARGE = fault(413, "the declared body is larger than the limit");
const FIELDS_TOO_LARGE = fault(431, "the header section is larger than the limit");
const TARGET_TOO_LONG = fault(414, "the request target is longer than the limit");
const TARGET_INVALID = fault(400, "the request target is malformed");
const METHOD_INVALID = fault(400, "the method is not a token");
const METHOD_REFUSED = fault(501, "the method cannot be carried by a Request");
const HOST_MISSING = fault(400, "no Host field");
const HOST_REPEATED = fault(400, "several Host fields");
const HOST_INVALID = fault(400, "the Host field is malformed");
const EXPECT_UNKNOWN = fault(417, "an expectation other than 100-continue");

/** The scheme of an absolute-form target contradicts the connection (RFC 9110 section 7.4). */
export const MISDIRECTED: HeadFault = fault(421, "the target's scheme is not the connection's");

/** The connection's certificate is not good for the host of the request (RFC 9110 section 15.5.20). */
export const NOT_COVERED: HeadFault = fault(421, "the certificate of the connection does not cover the host");

/** HTTP/1.x only: what an engine says to `HTTP/2.0`, or to a request line without a version (H17). */
export const VERSION_REFUSED: HeadFault = fault(505, "the HTTP version is not served");

/**
 * What the walk found. One object serves many requests: `read` starts afresh, and everything it sets is valid until
 * the next `read`.
 */
export class HeadFacts {
  /** The first rule that is broken, framing before size, size before syntax; `null` for a good request. */
  fault: HeadFault | null = null;
  /** Value of the Host field; empty when there is none. */
  host = "";
  /** Content-Length; `null` when absent. */
  declaredBytes: number | null = null;
  isChunked = false;
  /** `Connection` lists `close`. */
  hasClose = false;
  /** A `Connection` line says anything but `keep-alive`. */
  hasConnectionOptions = false;
  /** There is a `Range` or one of the `If-*` fields. */
  isConditional = false;
  /** There is an `Upgrade` field. */
  hasUpgrade = false;
  /** `Expect: 100-continue`, except from HTTP/1.0, where it means nothing (RFC 9110 section 10.1.1). */
  expectsContinue = false;
  private readonly limits: HeadLimits;
  // The last good one: a server sees few, and comparing costs a fifth of judging.
  private knownHost: string | null = null;
  private framing: HeadFault | null = null;
  private hostFault: HeadFault | null = null;
  private expectFault: HeadFault | null = null;

  constructor(limits: HeadLimits) {
    this.limits = limits;
  }

  /**
   * Judges one head. Field names are lower-case, unless `hasRawNames`; `target` is an origin-form target or a lone `*`: an engine that takes
   * absolute-form rewrites it first.
   */
  read(
    method: string,
    target: string,
    fields: readonly string[],
    httpVersion: "1.0" | "1.1" | "2" | "3",
    hasRawNames = false,
  ): HeadFault | null {
    this.reset();
    let bytes = 0;
    for (let i = 0; i + 1 < fields.length; i += 2) {
      const name = hasRawNames ? (fields[i] as string).toLowerCase() : (fields[i] as string);
      const value = fields[i + 1] as string;
      bytes += name.length + value.length + 4;
      // Most lines are none of these: their length says so without comparing a character.
      switch (name.length) {
        case 4:
          if (name === "host") this.readHost(value);
          break;
        case 5:
          if (name === "range") this.isConditional = true;
          break;
        case 8:
        case 13:
        case 19:
          if (name.startsWith("if-")) this.isConditional = true;
          break;
        case 6:
          if (name === "expect" && httpVersion !== "1.0") this.readExpect(value);
          break;
        case 7:
          if (name === "upgrade") this.hasUpgrade = true;
          break;
        case 10:
          if (name === "connection") this.readConnection(value);
          break;
        case 14:
          if (name === "content-length") this.readLength(value);
          break;
        case 17:
          if (name === "transfer-encoding") this.readCoding(value, httpVersion);
          else if (name === "if-modified-since") this.isConditional = true;
          break;
      }
    }
    if (this.host === "" && this.hostFault === null && httpVersion === "1.1") this.hostFault = HOST_MISSING;
    this.fault = this.verdict(method, target, bytes);
    return this.fault;
  }

  private reset(): void {
    this.fault = null;
    this.host = "";
    this.declaredBytes = null;
    this.isChunked = false;
    this.hasClose = false;
    this.hasConnectionOptions = false;
    this.isConditional = false;
    this.hasUpgrade = false;
    this.expectsContinue = false;
    this.framing = null;
    this.hostFault = null;
    this.expectFault = null;
  }

  private verdict(method: string, target: string, bytes: number): HeadFault | null {
    if (this.framing !== null) return this.framing;
    if (this.isChunked && this.declaredBytes !== null) return LENGTH_AND_CODING;
    if (target.length > this.limits.maxTargetBytes) return TARGET_TOO_LONG;
    if (bytes > this.limits.maxHeaderBytes) return FIELDS_TOO_LARGE;
    const status = methodStatus(method);
    if (status !== 0) return status === 400 ? METHOD_INVALID : METHOD_REFUSED;
    const form = targetForm(target);
    if (form !== "origin" && !(form === "asterisk" && method === "OPTIONS")) return TARGET_INVALID;
    if (this.hostFault !== null) return this.hostFault;
    if (this.expectFault !== null) return this.expectFault;
    if (this.isChunked && this.limits.rejectChunked) return CHUNKED_REFUSED;
    if (this.declaredBytes !== null && this.declaredBytes > this.limits.maxBodyBytes) return BODY_TOO_LARGE;
    return null;
  }

  private readHost(value: string): void {
    if (this.host !== "" || this.hostFault !== null) this.hostFault = HOST_REPEATED;
    else if (value !== this.knownHost && !isHost(value)) this.hostFault = HOST_INVALID;
    else this.knownHost = value;
    this.host = value;
  }

  private readExpect(value: string): void {
    if (value.toLowerCase() === "100-continue") this.expectsContinue = true;
    else this.expectFault = EXPECT_UNKNOWN;
  }

  private readConnection(value: string): void {
    if (value === "keep-alive") return;
    this.hasConnectionOptions = true;
    if (hasOption(value, "close")) this.hasClose = true;
  }

  private readLength(value: string): void {
    const bytes = parseContentLength(value);
    if (bytes < 0) this.framing = LENGTH_INVALID;
    else if (this.declaredBytes !== null && this.declaredBytes !== bytes) this.framing = LENGTH_DIFFERS;
    else this.declaredBytes = bytes;
  }

  private readCoding(value: string, httpVersion: string): void {
    const coding = parseTransferEncoding(value);
    if (httpVersion === "1.0") this.framing = CODING_IN_1_0;
    else if (this.isChunked || coding === "invalid") this.framing = CODING_INVALID;
    else if (coding === "unsupported") this.framing = CODING_UNKNOWN;
    else this.isChunked = true;
  }
}
