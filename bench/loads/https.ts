// What does TLS cost? A short answer on kept connections, files, and nothing but handshakes.

import { bareGet, fixedReply, type Load, TEXT_TYPE } from "../load.ts";
import { static16k, static1m } from "./static-single.ts";

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

export const httpsStatic16k: Load = {
  ...static16k,
  name: "https-static-16k",
  group: "https",
  about: "a file of 16 KiB on kept TLS connections",
  atMost: 1,
};

export const httpsStatic1m: Load = {
  ...static1m,
  name: "https-static-1m",
  group: "https",
  about: "a file of 1 MiB on kept TLS connections",
  atMost: 1,
};
