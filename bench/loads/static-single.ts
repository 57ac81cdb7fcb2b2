// What does one file cost, over and over? Four sizes: what is sent from memory, at its border, and what comes off the disk.

import { contentOf, singleFile } from "../files.ts";
import { bareGet, fixedReply, type Load } from "../load.ts";

export const static1k: Load = single("1k", "a file of 1 KiB", 1);
export const static16k: Load = single("16k", "a file of 16 KiB", 1);
export const static128k: Load = single("128k", "a file of 128 KiB", 1);
export const static1m: Load = single("1m", "a file of 1 MiB", 1.35);

function single(size: Parameters<typeof singleFile>[0], about: string, atMost: number): Load {
  const timed = singleFile(size, "timed");
  const other = singleFile(size, "other");
  return {
    name: `static-${size}`,
    group: "static",
    about,
    atMost,
    request: bareGet(`/${timed.name}`),
    otherRequest: bareGet(`/${other.name}`),
    expect: ({ target }) =>
      fixedReply("text/plain", contentOf(target.includes("timed") ? timed : other).toString("latin1")),
  };
}
