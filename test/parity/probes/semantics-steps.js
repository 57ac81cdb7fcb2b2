// The requests that show whether Node's promises hold, and the clients that leave.

import { misuse, written } from "./semantics-writes.js";

const HEAD = "Host: a\r\n";
const upload = (target, bytes, pieces = "") =>
  `POST ${target} HTTP/1.1\r\n${HEAD}Content-Length: ${bytes}\r\n\r\n${pieces}`;

async function began(recorder) {
  const deadline = performance.now() + 5_000;
  while (!recorder.has("began")) {
    if (performance.now() > deadline) throw new Error("the app was not reached");
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}

/** Steps in which the client leaves: how, and when. */
function departures() {
  const phases = [
    ["before any answer", `GET /waits HTTP/1.1\r\n${HEAD}\r\n`],
    ["while the app only writes on close", `GET /waits-and-writes HTTP/1.1\r\n${HEAD}\r\n`],
    ["while its body is read", upload("/reads-forever", 1000, "some of it")],
    ["while its body is iterated", upload("/iterates", 1000, "some of it")],
    ["while its body is not read", upload("/waits", 1000, "some of it")],
    [
      "in the middle of chunks",
      `POST /reads-forever HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`,
    ],
    ["in the middle of an endless answer", `GET /endless HTTP/1.1\r\n${HEAD}\r\n`],
  ];
  return phases.flatMap(([when, octets]) =>
    ["leave", "reset"].map((how) => ({
      name: `the client ${how === "leave" ? "closes" : "resets"} ${when}`,
      isFresh: true,
      async client(client, recorder) {
        await client.send(octets);
        await began(recorder);
        if (octets.includes("endless")) await client.peek(1);
        client[how]();
        return [];
      },
    })),
  );
}

async function answers(client, count) {
  const lines = [];
  for (let i = 0; i < count; i++) {
    const response = await client.responseOrClose();
    if (response === null) return [...lines, "the connection ended"];
    lines.push(`${response.status} ${response.reason} ${response.framing} ${response.text.slice(0, 80)}`);
  }
  return lines;
}

const big = "0123456789abcdef".repeat(20_000);

export const semanticSteps = [
  {
    name: "raw fields and duplicates",
    target: "/seen?x=1&&y",
    fields: [
      ["X-A", "1"],
      ["x-a", "2"],
      ["Cookie", "a=1"],
      ["Cookie", "b=2"],
      ["Accept", "a"],
      ["Accept", "b"],
      ["User-Agent", "u1"],
      ["User-Agent", "u2"],
      ["Set-Cookie", "s1"],
      ["Set-Cookie", "s2"],
      ["X-Empty", ""],
      ["X-Latin", "gr\xfc\xdfe"],
      ["Content-Type", "a/b"],
      ["content-type", "c/d"],
      ["ETag", "1"],
      ["ETag", "2"],
    ],
  },
  { name: "an odd target", target: "/seen/%41/../b/./c//d;p=1?q=%zz#no" },
  { name: "a target of punctuation", target: "/seen/!$&'()*+,;=:@-._~[]{}|^`\"<>" },
  { name: "socket", target: "/socket" },
  { name: "state", target: "/state" },
  { name: "state of a HEAD", method: "HEAD", target: "/state" },
  { name: "state of a POST", method: "POST", target: "/state", body: "body" },
  ...written.map(([name], place) => ({ name: `writes ${String(name)}`, target: `/write/${place}` })),
  ...["a status line", "a length and two writes", "a Uint8Array", "headers early"].map((name) => ({
    name: `HEAD: writes ${name}`,
    method: "HEAD",
    target: `/write/${written.findIndex(([title]) => title === name)}`,
  })),
  ...misuse.map(([name], place) => ({ name: `misuse: ${String(name)}`, target: `/misuse/${place}` })),
  {
    name: "echo",
    method: "POST",
    target: "/echo",
    body: big,
    loose: "Which half ends first depends on how fast the client reads.",
  },
  {
    name: "echo of chunks",
    octets: `POST /echo HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;ext=1\r\nyou\r\n0\r\n\r\n`,
  },
  {
    name: "trailers of a request",
    octets: `POST /collect HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n`,
  },
  { name: "collect", method: "POST", target: "/collect", body: big },
  { name: "collect nothing", method: "POST", target: "/collect", body: "" },
  { name: "collect of a GET", target: "/collect" },
  { name: "text", method: "POST", target: "/text", body: Buffer.from("grüße ".repeat(5_000)) },
  { name: "read late", method: "POST", target: "/read-late", body: big },
  { name: "read late, no body", target: "/read-late" },
  { name: "readable", method: "POST", target: "/readable", body: big },
  { name: "pause and resume", method: "POST", target: "/pause-resume", body: big },
  { name: "answer first", method: "POST", target: "/answer-first", body: big },
  { name: "unread", method: "POST", target: "/unread", body: "x".repeat(500) },
  { name: "unread, then the next", target: "/seen" },
  { name: "Expect: 100-continue", isFresh: true, client: expecting },
  { name: "pipelining", isFresh: true, exchanges: 3, client: pipelining },
  { name: "half-close after the request", isFresh: true, client: halfClose },
  { name: "Connection: close from the client", isFresh: true, client: closing },
  { name: "destroy the request", target: "/destroy-request", isFresh: true },
  {
    name: "destroy the request in its body",
    method: "POST",
    target: "/destroy-request",
    isFresh: true,
    body: "x".repeat(500),
  },
  { name: "destroy the response", target: "/destroy-response", isFresh: true },
  { name: "destroy the response with an error", target: "/destroy-response-with-error", isFresh: true },
  { name: "destroy the socket", target: "/destroy-socket", isFresh: true },
  { name: "destroy after writing with a length", target: "/destroy-after-writing", isFresh: true },
  { name: "destroy after a chunk", target: "/destroy-after-chunk", isFresh: true },
  { name: "write after end", target: "/write-after-end", isFresh: true },
  { name: "end twice", target: "/end-twice" },
  { name: "late listeners", target: "/late-listeners" },
  { name: "timeout of the response", target: "/timeout", isFresh: true },
  { name: "timeout of the request", target: "/request-timeout", isFresh: true },
  { name: "timeout of the socket", target: "/socket-timeout", isFresh: true },
  { name: "async context", target: "/async-context", isFresh: true },
  { name: "backpressure", target: "/backpressure" },
  ...departures(),
];

async function expecting(client) {
  await client.send(`POST /collect HTTP/1.1\r\n${HEAD}Content-Length: 4\r\nExpect: 100-continue\r\n\r\n`);
  const interim = await client.response();
  await client.send("body");
  return [`${interim.status} ${interim.reason}`, ...(await answers(client, 1))];
}

async function pipelining(client) {
  await client.send(
    `GET /write/0 HTTP/1.1\r\n${HEAD}\r\nGET /async-context HTTP/1.1\r\n${HEAD}\r\nGET /write/6 HTTP/1.1\r\n${HEAD}\r\n`,
  );
  return answers(client, 3);
}

async function halfClose(client) {
  await client.send(`GET /slowly HTTP/1.1\r\n${HEAD}\r\n`);
  client.halfClose();
  return [
    (await client.untilClose())
      .toString("latin1")
      .replace(/Date: .*/u, "Date: *")
      .split("\r\n\r\n")
      .at(-1),
  ];
}

async function closing(client) {
  await client.send(`GET /write/6 HTTP/1.1\r\n${HEAD}Connection: close\r\n\r\n`);
  const lines = await answers(client, 1);
  await client.closed();
  return [...lines, "closed"];
}
