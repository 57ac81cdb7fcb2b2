// The public entry point: names only.

export type { App, Boot, Capability, Context, Endpoint, FieldsInit, Handler, ServerWebSocket } from "./contract.ts";
export type { SocketCloseEvent, SocketEventMap, SocketMessageEvent } from "./contract.ts";
export type { StopInfo, TlsInfo, UpgradeOptions, UpgradeResult } from "./contract.ts";
export { ServerError, type ErrorCode } from "./errors.ts";
export { fileResponse, type FileResponseOptions, staticFiles, type StaticFilesOptions } from "./files.ts";
export type { Logger } from "./log/logger.ts";
export type { MountOptions } from "./options/mount.ts";
export type { RequestOptions, ServeOptions } from "./options/serve-options.ts";
export { availableEngine, serve, serveLazily, type RunningEngine, type Server } from "./serve.ts";
