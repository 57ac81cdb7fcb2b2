// All cases of the kit, and what the kit does not judge.

import type { Profile } from "../spec/registry.ts";
import type { Case, RawCase } from "./case.ts";
import { BODY_IN } from "./cases/body-in.ts";
import { EXCHANGES } from "./cases/exchanges.ts";
import { FILES } from "./cases/files.ts";
import { REQUESTS } from "./cases/requests.ts";
import { RESPONSES } from "./cases/responses.ts";
import { SOCKETS } from "./cases/sockets.ts";
import { STREAMS } from "./cases/streams.ts";
import { FRAMING } from "./corpus/framing.ts";
import { TARGETS } from "./corpus/targets.ts";
import { fromRaw } from "./raw-case.ts";

/** The cases that are nothing but octets, for kits in other languages. */
export const CORPUS: readonly RawCase[] = [...FRAMING, ...TARGETS];

export const CASES: readonly Case[] = [
  ...CORPUS.map(fromRaw),
  ...REQUESTS,
  ...BODY_IN,
  ...RESPONSES,
  ...STREAMS,
  ...EXCHANGES,
  ...FILES,
  ...SOCKETS,
];

/** Statements of profiles that this version of the kit has no case for. */
export const UNJUDGED: Readonly<Partial<Record<Profile, readonly string[]>>> = {
  informational: ["H65"],
  trailers: ["H66"],
  "node-upgrade": ["D8"],
};
