// The packages of this version's gateways, for tests outside of this folder.

export * as websockets from "@nestjs/websockets";
export { IoAdapter } from "@nestjs/platform-socket.io";
export { WsAdapter } from "@nestjs/platform-ws";
