// Ways to write an answer, right and wrong, that Node has rules for.

/** What a call throws, or what it gave. */
export function outcome(call) {
  try {
    const value = call();
    return `gave ${typeof value === "object" && value !== null ? "an object" : String(value)}`;
  } catch (error) {
    return `threw ${error.name} ${error.code}: ${error.message}`;
  }
}

export const written = [
  ["a status line", (response) => response.writeHead(201, "Made", { "X-A": "1" }).end("made")],
  ["fields as a flat array", (response) => response.writeHead(200, ["X-A", "1", "X-B", "2", "X-A", "3"]).end()],
  [
    "fields as pairs",
    (response) =>
      response
        .writeHead(200, [
          ["X-A", "1"],
          ["Set-Cookie", ["a", "b"]],
        ])
        .end(),
  ],
  [
    "over fields that are set",
    (response) => {
      response.setHeader("X-A", "set");
      response.setHeader("X-B", "set");
      response.writeHead(200, { "X-A": "written" }).end();
    },
  ],
  [
    "a flat array over fields that are set",
    (response) => {
      response.setHeader("X-A", "set");
      response.writeHead(200, ["X-A", "1", "x-c", "2"]).end();
    },
  ],
  [
    "a status that changes afterwards",
    (response) => {
      response.writeHead(202);
      response.statusCode = 500;
      response.statusMessage = "late";
      response.end("202");
    },
  ],
  [
    "a message of one's own",
    (response) => {
      response.statusMessage = "Quite Fine";
      response.end("fine");
    },
  ],
  ["an unknown status", (response) => response.writeHead(799).end()],
  ["a length", (response) => response.writeHead(200, { "Content-Length": 4 }).end("four")],
  [
    "a length and two writes",
    (response) => {
      response.writeHead(200, { "content-length": "8" });
      response.write("four");
      response.end("more");
    },
  ],
  ["a field without a value", (response) => response.writeHead(200, { "X-Empty": "" }).end("x")],
  ["numbers as values", (response) => response.writeHead(200, { "X-Number": 7 }).end("x")],
  ["an octet above 0x7f", (response) => response.writeHead(200, { "X-Latin": "gr\xfc\xdfe" }).end("x")],
  ["its own Date", (response) => response.writeHead(200, { Date: "Thu, 01 Jan 2026 00:00:00 GMT" }).end("x")],
  [
    "no Date",
    (response) => {
      response.sendDate = false;
      response.end("x");
    },
  ],
  ["Connection: close", (response) => response.writeHead(200, { Connection: "close" }).end("closing")],
  [
    "Connection: close and no length",
    (response) => {
      response.setHeader("Connection", "close");
      response.write("closing ");
      response.end("down");
    },
  ],
  [
    "Transfer-Encoding by hand",
    (response) => response.writeHead(200, { "Transfer-Encoding": "chunked" }).end("chunked"),
  ],
  [
    "no length and no chunks",
    (response) => {
      response.removeHeader("content-length");
      response.end("removed");
    },
  ],
  ["204", (response) => response.writeHead(204).end()],
  ["204 with a body", (response) => response.writeHead(204).end("ignored")],
  ["304 with a length", (response) => response.writeHead(304, { "Content-Length": "123", ETag: '"x"' }).end()],
  ["205", (response) => response.writeHead(205).end()],
  [
    "an empty write",
    (response) => {
      response.write("");
      response.end("after nothing");
    },
  ],
  [
    "an encoding",
    (response) => {
      response.write("e9", "hex");
      response.end("w6k=", "base64");
    },
  ],
  ["a Uint8Array", (response) => response.end(new Uint8Array([65, 66]))],
  [
    "a trailer",
    (response) => {
      response.writeHead(200, { Trailer: "X-Sum" });
      response.write("body");
      response.addTrailers({ "X-Sum": "1" });
      response.end();
    },
  ],
  [
    "cork and uncork",
    (response) => {
      response.cork();
      response.write("a");
      response.write("b");
      response.uncork();
      response.end("c");
    },
  ],
  [
    "headers early",
    (response) => {
      response.setHeader("X-A", "1");
      response.flushHeaders();
      setImmediate(() => response.end("later"));
    },
  ],
  [
    "early hints",
    (response) => {
      response.writeEarlyHints({ link: "</a.css>; rel=preload" });
      response.end("hinted");
    },
  ],
  [
    "102 Processing",
    (response) => {
      response.writeProcessing();
      response.end("processed");
    },
  ],
  [
    "headers from Headers",
    (response) =>
      response
        .setHeaders(
          new Map([
            ["X-A", "1"],
            ["X-B", "2"],
          ]),
        )
        .end("x"),
  ],
  ["end with a callback", (response, note) => response.end("x", () => note("end called back"))],
  [
    "write with a callback",
    (response, note) => {
      response.write("x", (error) => note(`write called back ${error ?? ""}`));
      response.end("y", "utf8", () => note("end called back"));
    },
  ],
];

export const misuse = [
  ["header after the head", (response) => outcome(() => response.setHeader("X-Late", "1")), true],
  ["append after the head", (response) => outcome(() => response.appendHeader("X-Late", "1")), true],
  ["remove after the head", (response) => outcome(() => response.removeHeader("X-Late")), true],
  ["writeHead twice", (response) => outcome(() => response.writeHead(200)), true],
  ["flush twice", (response) => outcome(() => response.flushHeaders()), true],
  ["bad name", (response) => outcome(() => response.setHeader("a b", "1"))],
  ["bad value", (response) => outcome(() => response.setHeader("X-A", "a\r\nX-B: 1"))],
  ["wide character", (response) => outcome(() => response.setHeader("X-A", "\u20ac"))],
  ["no value", (response) => outcome(() => response.setHeader("X-A", undefined))],
  ["null in writeHead", (response) => outcome(() => response.writeHead(200, { "X-A": undefined }))],
  ["bad status", (response) => outcome(() => response.writeHead(99))],
  [
    "bad status message",
    (response) => {
      const said = outcome(() => response.writeHead(200, "a\r\nb"));
      response.statusMessage = "OK";
      return said;
    },
  ],
  ["odd array", (response) => outcome(() => response.writeHead(200, ["a"]))],
  ["write a number", (response) => outcome(() => response.write(5))],
  ["write null", (response) => outcome(() => response.write(null))],
  ["addTrailers badly", (response) => outcome(() => response.addTrailers({ "a b": "1" }))],
  ["setTimeout", (response) => outcome(() => response.setTimeout(0))],
  [
    "appendHeader",
    (response) => outcome(() => response.appendHeader("X-A", "1").appendHeader("x-a", ["2", "3"]) === response),
  ],
  [
    "getHeaderNames",
    (response) =>
      outcome(() => {
        response.setHeader("X-One", "1");
        response.setHeader("Set-Cookie", ["a", "b"]);
        return JSON.stringify([
          response.getHeaderNames(),
          response.getRawHeaderNames(),
          response.getHeaders(),
          response.hasHeader("x-ONE"),
          response.getHeader("x-one"),
          response.getHeader("none") ?? null,
        ]);
      }),
  ],
];
