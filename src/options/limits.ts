// How much, and how long? The settings of the group "Limits", with their types.

import { duration, type Schemas, size } from "./kinds.ts";
import type { LimitOptions, ResolvedLimitOptions } from "./limits-options.ts";

export const limitsSettings: Schemas<ResolvedLimitOptions, LimitOptions> = {
  maxBodyBytes: size(
    ["1b", "1000gb"],
    "10mb",
    "Largest request body; a larger one is answered 413.",
    "A handler that collects bodies needs this much memory for each request.",
  ),
  maxHeaderBytes: size(
    ["1kb", "1mb"],
    "16kb",
    "Largest request head; a larger one is answered 431.",
    "Each connection may make the server hold this much.",
  ),
  maxTargetBytes: size(
    ["64b", "1mb"],
    "8kb",
    "Longest request target (path and query); a longer one is answered 414.",
    "It is part of the head: more than --max-header-bytes has no effect.",
  ),
  maxMessageBytes: size(
    ["1kb", "1gb"],
    "100mb",
    "Largest message of a WebSocket, and most that may wait for its client; more ends the connection.",
    "Each connection may hold this much in either direction. Libraries on the node engine have limits of their own.",
  ),
  socketIdleMs: duration(
    "30s",
    "How long a WebSocket's client may be silent before it is sent a ping. One that is silent as long again, 16s at most, is cut; 0 = never.",
    "Too short wakes phones; 0 keeps the sockets of clients that vanished. uWebSockets.js counts in steps of 4s, up to 15m, which is also its 0.",
  ),
  bodyIdleMs: duration(
    "30s",
    "How long a request body may make no progress before it is answered 408; 0 = for ever.",
    "Too short cuts uploads over bad networks; 0 lets a silent client keep a connection.",
  ),
  writeStallMs: duration(
    "60s",
    "How long a client may take nothing of a response before it is cut; 0 = for ever.",
    "Too short cuts paused videos; 0 lets slow clients use up every connection.",
  ),
  handlerMs: duration(
    "5m",
    "How long a handler may take to answer before 504 is sent for it; 0 = for ever.",
    "The handler itself goes on running: only its signal tells it.",
  ),
  shutdownMs: duration(
    "30s",
    "How long requests may go on after SIGTERM before they are cut; 0 = cut at once.",
    "Longer than the supervisor waits means it kills the process first.",
  ),
};
