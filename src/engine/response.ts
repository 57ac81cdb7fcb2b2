// How does a handler's Response become a Reply, and what is `Response` while we serve? The names the host uses.

export { NOT_FORWARDED, plainReply, replyFrom } from "./response-reply.ts";
export { streamSource } from "./response-body.ts";
export type { LengthMismatch } from "./response-body.ts";
export { installFastResponse } from "./response-install.ts";
export { GenuineResponse, LightResponse } from "./response-light.ts";
