// Every failure the server itself reports: one class, one table of codes.

/** Stable codes; the sentence may change, the code does not. The value says when it happens. */
export const ERROR_CODES = {
  ERR_ADDRESS_IN_USE: "something already listens on the address",
  ERR_ADDRESS_NOT_ALLOWED: "this user may not bind the port",
  ERR_ADDRESS_INVALID: "the host cannot be listened on",
  ERR_ALREADY_SENT: "a second reply was handed to one exchange",
  ERR_APP_INVALID: "the value is not a handler, an app or a module exporting one",
  ERR_APP_LOAD: "the module of the app could not be loaded",
  ERR_BODY_ABORTED: "the request body ended before it was complete",
  ERR_BODY_TOO_LARGE: "the request body is larger than the limit",
  ERR_CONTRACT_VIOLATED: "the linter saw a host, a handler or a middleware break a statement of SPEC.md",
  ERR_CERTIFICATE: "a certificate cannot be obtained or used",
  ERR_ENGINE_UNAVAILABLE: "the engine asked for cannot run here",
  ERR_LENGTH_MISMATCH: "a response stream did not carry the bytes it announced",
  ERR_OPTIONS_INVALID: "a setting has a wrong name or value",
  ERR_RESPONSE_INVALID: "the handler returned something that cannot be sent",
  ERR_STATIC_ROOT: "the directory of a static mount cannot be served",
  ERR_RIGHTS: "this process lacks the rights for what it was told to do",
  ERR_STORE: "the certificate store does not work",
  ERR_TIMEOUT: "nothing happened within the time allowed",
  ERR_UPGRADE_ANSWER: "what a library answered to an upgrade cannot be sent",
  ERR_WORKER: "a process that was to serve did not come up",
  ERR_WEBSOCKET_FRAME: "what a library wrote to a WebSocket is no frame",
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/**
 * The one class of failures that the server reports.
 *
 * `code` is stable. `status`, where present, is the HTTP status that answers the client if the error escapes a handler
 * before anything was sent.
 */
export class ServerError extends Error {
  readonly code: ErrorCode;
  readonly status: number | undefined;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown; status?: number }) {
    super(message, options !== undefined && "cause" in options ? { cause: options.cause } : undefined);
    this.name = "ServerError";
    this.code = code;
    this.status = options?.status;
  }
}
