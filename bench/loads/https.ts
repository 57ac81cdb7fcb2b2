// What does TLS cost? A short answer on kept connections, files, and nothing but handshakes.

import { contentOf, singleFile } from "../files.ts";
import { bareGet, fixedReply, type Load, TEXT_TYPE } from "../load.ts";

export const httpsHello: Load = {
  name: "https-hello",
  group: "https",
  about: '() => new Response("Hello, World!") on kept TLS connections',
  atMost: 1,
  beside: [{ server: "raw-uws-tls", atMost: 1.15 }],
  request: bareGet("/"),
  otherRequest: bareGet("/other?q=1"),
  expect: () => fixedReply(TEXT_TYPE, "Hello, World!"),
};

/** Processor time is what a handshake costs; nine tenths of nginx's handshakes for each second of it are 1/0.9 of that. */
export const httpsHandshake: Load = {
  ...httpsHello,
  name: "https-handshake",
  about: "full TLS 1.3 handshakes with a P-256 certificate, no request",
  atMost: 1 / 0.9,
  beside: [],
  isHandshake: true,
};

export const httpsStatic16k: Load = single("16k", "a file of 16 KiB on kept TLS connections");
export const httpsStatic1m: Load = single("1m", "a file of 1 MiB on kept TLS connections");

function single(size: Parameters<typeof singleFile>[0], about: string): Load {
  const timed = singleFile(size, "timed");
  const other = singleFile(size, "other");
  return {
    name: `https-static-${size}`,
    group: "https",
    about,
    atMost: 1,
    request: bareGet(`/${timed.name}`),
    otherRequest: bareGet(`/${other.name}`),
    expect: ({ target }) =>
      fixedReply("text/plain", contentOf(target.includes("timed") ? timed : other).toString("latin1")),
  };
}
