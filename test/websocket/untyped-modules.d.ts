// Packages of the tests that come without types.

declare module "express-ws" {
  import type { Server } from "node:http";
  import type { Express, Request } from "express";
  import type { WebSocket } from "ws";

  type Routed = Express & { ws(path: string, handler: (socket: WebSocket, request: Request) => void): void };
  export default function expressWs(app: Express, server: Server): { app: Routed };
}
