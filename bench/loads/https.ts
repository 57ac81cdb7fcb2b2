// What does TLS cost? A short answer on kept connections, a file, and nothing but handshakes.

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

const timed = singleFile("16k", "timed");
const other = singleFile("16k", "other");

export const httpsStatic16k: Load = {
  name: "https-static-16k",
  group: "https",
  about: "a file of 16 KiB on kept TLS connections",
  atMost: null,
  request: bareGet(`/${timed.name}`),
  otherRequest: bareGet(`/${other.name}`),
  expect: ({ target }) =>
    fixedReply("text/plain", contentOf(target.includes("timed") ? timed : other).toString("latin1")),
};
