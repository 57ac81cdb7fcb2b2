// What a Node app can see and do: small listeners that note what they see, and the requests that make them.

import type { IncomingMessage, ServerResponse } from "node:http";
import { chunked, message } from "../octets.ts";
import type { RawClient } from "../raw-client.ts";

/** Writes down one thing that the listener saw. Values are compared as JSON. */
export type Note = (name: string, value?: unknown) => void;

export interface AdapterProbe {
  /** The statement and the case of it. */
  readonly id: string;
  readonly says: string;
  /** Latin-1. `{path}` stands for the path by which the request finds the probe. */
  readonly octets: string;
  readonly isHead?: boolean;
  /** The app sets Content-Length. Where it does not, how the length is told is the host's own choice. */
  readonly setsLength?: true;
  /** What the client does once the octets are sent, instead of waiting for an answer. */
  readonly instead?: (client: RawClient, sees: (name: string) => Promise<void>) => Promise<void>;
  listener(request: IncomingMessage, response: ServerResponse, note: Note): void;
}

const ABOUT_REQUEST = ["aborted", "error", "end", "close"] as const;
const ABOUT_RESPONSE = ["finish", "close", "error"] as const;

/** An adapter that lacks something must not end the process of the judge. */
function later(delayMs: number, note: Note, work: () => void): void {
  setTimeout(() => {
    try {
      work();
    } catch (error) {
      note("thrown", (error as Error).message);
    }
  }, delayMs);
}

function noteEvents(request: IncomingMessage, response: ServerResponse, note: Note): void {
  for (const event of ABOUT_REQUEST) {
    request.on(event, (error?: NodeJS.ErrnoException) => note(`request ${event}`, error?.code));
  }
  for (const event of ABOUT_RESPONSE) response.on(event, () => note(`response ${event}`, response.writableFinished));
}

function get(rest = "", lines: readonly string[] = []): string {
  return message("GET", `{path}${rest}`, lines);
}

function seen(id: string, says: string, octets: string, look: (request: IncomingMessage) => unknown): AdapterProbe {
  return {
    id,
    says,
    octets,
    listener(request, response, note) {
      note("seen", look(request));
      response.end("ok");
    },
  };
}

const FIELDS = [
  "X-A: 1",
  "Cookie: a=1",
  "Accept: text/html",
  "X-A: 2",
  "Cookie: b=2",
  "Content-Type: a/b",
  "X-z: a\xe9z",
];

const REQUESTS: readonly AdapterProbe[] = [
  seen("D2/target", "request.url is the raw target", get("/a%2Fb/../c//?x=%20&y"), ({ url }) => url),
  seen("D2/raw-headers", "rawHeaders has every line in order", get("", FIELDS), ({ rawHeaders }) =>
    rawHeaders.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text)),
  ),
  seen("D2/headers", "headers are joined by Node's rules", get("", FIELDS), ({ headers }) =>
    Object.fromEntries(Object.entries(headers).toSorted(([one], [other]) => one.localeCompare(other))),
  ),
  seen(
    "D2/distinct",
    "headersDistinct has each value",
    get("", FIELDS),
    ({ headersDistinct }) => headersDistinct["x-a"],
  ),
  seen("D2/version", "method and version are told", message("PUT", "{path}", ["Content-Length: 0"]), (request) => [
    request.method,
    request.httpVersion,
    request.httpVersionMajor,
    request.httpVersionMinor,
  ]),
  seen("D2/socket", "the socket has addresses and is not encrypted", get(), ({ socket }) => [
    socket.remoteAddress,
    typeof socket.remotePort,
    socket.remoteFamily,
    Boolean((socket as { encrypted?: boolean }).encrypted),
  ]),
];

function reading(id: string, says: string, octets: string, delayMs: number): AdapterProbe {
  return {
    id,
    says,
    octets,
    listener(request, response, note) {
      later(delayMs, note, () => {
        let text = "";
        request.setEncoding("latin1").on("data", (part: string) => (text += part));
        request.on("end", () => {
          note("read", [text, request.complete]);
          response.end("ok");
        });
      });
    },
  };
}

const UPLOAD = message("POST", "{path}", ["Transfer-Encoding: chunked"], chunked("he", "llo"));

const BODIES: readonly AdapterProbe[] = [
  reading("D2/body", "a body is read to its end", message("POST", "{path}", ["Content-Length: 5"], "hello"), 0),
  reading("D2/body-chunked", "a chunked body is read to its end", UPLOAD, 0),
  reading("D2/body-late", "a listener that attaches late misses nothing", UPLOAD, 30),
  reading("D2/body-none", "a request without a body ends", get(), 0),
  reading("D2/body-none-late", "and ends for a late listener, too", get(), 30),
  {
    id: "D2/iterate",
    says: "a body can be iterated",
    octets: UPLOAD,
    listener(request, response, note) {
      const count = async (): Promise<void> => {
        let bytes = 0;
        for await (const chunk of request) bytes += (chunk as Buffer).length;
        note("bytes", bytes);
        response.end("ok");
      };
      count().catch((error: unknown) => note("thrown", (error as Error).message));
    },
  },
  {
    id: "D3/pipe",
    says: "a body of a mebibyte can be piped back",
    octets: message("POST", "{path}", ["Content-Length: 1048576"], "abcd".repeat(262_144)),
    listener: (request, response) => void request.pipe(response),
  },
  {
    id: "D3/drain",
    says: "write() says when to wait, and drain when to go on",
    octets: get(),
    listener(_request, response, note) {
      let waits = 0;
      let left = 64;
      const go = (): void => {
        while (left-- > 0) {
          if (response.write(Buffer.alloc(65_536, "x"))) continue;
          waits = 1;
          response.once("drain", go);
          return;
        }
        note("waited", waits);
        response.end();
      };
      go();
    },
  },
];

function answered(
  id: string,
  says: string,
  answer: (response: ServerResponse, note: Note) => void,
  head = false,
): AdapterProbe {
  const octets = head ? message("HEAD", "{path}") : get();
  return { id, says, octets, isHead: head, listener: (_request, response, note) => answer(response, note) };
}

const ANSWERS: readonly AdapterProbe[] = [
  answered("D4/reason", "statusMessage is the reason phrase", (response) => {
    response.statusCode = 202;
    response.statusMessage = "Quite Good";
    response.end("x");
  }),
  answered("D4/arrays", "an array of values is a line for each", (response, note) => {
    response.setHeader("Set-Cookie", ["a=1", "b=2"]).appendHeader("Set-Cookie", "c=3").setHeader("X-A", ["1", "2"]);
    note("headers", response.getHeaders());
    response.end("x");
  }),
  answered("D4/write-head", "writeHead takes an object, and wins over setHeader", (response, note) => {
    response.setHeader("X-A", "1");
    response.writeHead(201, "Made", { "X-A": "2", "X-B": 3 });
    note("sent", response.headersSent);
    response.end("x");
  }),
  answered("D4/write-head-list", "writeHead takes a flat list", (response) => {
    response.writeHead(200, ["X-A", "1", "X-A", "2", "Content-Length", "1"]).end("x");
  }),
  answered("D4/implicit", "the first write sends an implicit head", (response, note) => {
    response.setHeader("X-A", "1");
    note("before", response.headersSent);
    response.write("a");
    note("after", response.headersSent);
    response.end("b");
  }),
  answered("D4/flush", "flushHeaders sends the head, and the body comes later", (response, note) => {
    response.setHeader("Content-Type", "text/x").flushHeaders();
    later(20, note, () => response.end("later"));
  }),
  answered("D4/late", "a field after the head is an error with Node's code", (response, note) => {
    response.write("a");
    try {
      response.setHeader("X-A", "1");
    } catch (error) {
      note("thrown", (error as NodeJS.ErrnoException).code);
    }
    response.end();
  }),
  answered("D4/invalid", "bad names and values are errors with Node's codes", (response, note) => {
    for (const [name, value] of [
      ["X A", "1"],
      ["X-A", "a\r\nb: c"],
      ["X-A", undefined],
    ] as [string, string][]) {
      try {
        response.setHeader(name, value);
      } catch (error) {
        note("thrown", (error as NodeJS.ErrnoException).code);
      }
    }
    response.end("x");
  }),
  answered("D4/204", "204 has no body, whatever is written", (response) => response.writeHead(204).end("never")),
  answered("D4/304", "304 has no body either", (response) => response.writeHead(304, { ETag: '"a"' }).end("never")),
  answered("D4/empty", "end() alone is an empty body", (response) => void response.end()),
  answered("D4/end-twice", "a second end() changes nothing", (response, note) => {
    response.end("once", () => note("callback"));
    response.end();
  }),
  answered(
    "D4/head",
    "HEAD sends the head and no body",
    (response) => response.setHeader("X-A", "1").end("never"),
    true,
  ),
  {
    ...answered("D4/length", "a length that the app sets is kept", (response) => {
      response.setHeader("Content-Length", 3);
      response.write("a");
      response.end("bc");
    }),
    setsLength: true,
  },
  answered("D4/removed", "a removed field is not sent", (response, note) => {
    response.setHeader("X-A", "1").setHeader("X-B", "2").removeHeader("x-a");
    note("names", [response.getHeaderNames(), response.hasHeader("X-A"), response.getHeader("x-b")]);
    response.end("x");
  }),
  answered("D5/cut", "a response destroyed in the middle is cut, so that the client can tell", (response, note) => {
    response.write("begun");
    later(20, note, () => response.destroy());
  }),
];

const HANGING = (request: IncomingMessage, response: ServerResponse, note: Note): void => {
  noteEvents(request, response, note);
  note("called");
};

const ENDS: readonly AdapterProbe[] = [
  {
    id: "D6/complete",
    says: "a complete exchange has the events of its end in Node's order, and none of an abort",
    octets: message("POST", "{path}", ["Content-Length: 5"], "hello"),
    listener(request, response, note) {
      noteEvents(request, response, note);
      request.resume().on("end", () => response.end("ok"));
    },
  },
  {
    id: "D6/pending",
    says: "a client that leaves while the app works causes Node's events",
    octets: get(),
    async instead(client, sees) {
      await sees("called");
      client.leave();
      await sees("response close");
    },
    listener(request, response, note) {
      request.resume();
      HANGING(request, response, note);
    },
  },
  {
    id: "D6/upload",
    says: "a client that leaves in its upload causes Node's events, an error among them",
    octets: message("POST", "{path}", ["Content-Length: 10"], "hello"),
    async instead(client, sees) {
      await sees("called");
      client.leave();
      await sees("request close");
    },
    listener(request, response, note) {
      request.resume();
      HANGING(request, response, note);
    },
  },
];

export const ADAPTER_PROBES: readonly AdapterProbe[] = [...REQUESTS, ...BODIES, ...ANSWERS, ...ENDS];
