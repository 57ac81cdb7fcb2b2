// What Node promises about request and response, one route for each promise. No framework: what is seen is Node's.

import { AsyncLocalStorage } from "node:async_hooks";
import { misuse, outcome, written } from "./semantics-writes.js";

const storage = new AsyncLocalStorage();

const routes = {
  seen(request, response) {
    const { method, url, headers, rawHeaders, headersDistinct, httpVersion, httpVersionMajor, httpVersionMinor } =
      request;
    response.end(
      JSON.stringify({
        method,
        url,
        headers,
        rawHeaders,
        headersDistinct,
        httpVersion,
        httpVersionMajor,
        httpVersionMinor,
        trailers: request.trailers,
        rawTrailers: request.rawTrailers,
      }),
    );
  },
  socket(request, response) {
    const { socket } = request;
    const same = [
      request.connection === socket,
      response.socket === socket,
      response.connection === socket,
      response.req === request,
    ];
    const {
      remoteAddress,
      remoteFamily,
      localAddress,
      encrypted,
      destroyed,
      readable,
      writable,
      connecting,
      pending,
      readyState,
      timeout,
    } = socket;
    const ports = [typeof socket.remotePort, typeof socket.localPort, socket.localPort > 0, socket.remotePort > 0];
    const calls = [
      "setNoDelay",
      "setKeepAlive",
      "setTimeout",
      "ref",
      "unref",
      "address",
      "destroy",
      "on",
      "write",
      "end",
      "pause",
      "resume",
      "cork",
      "uncork",
    ].map((name) => typeof socket[name]);
    const numbers = ["bytesRead", "bytesWritten"].map((name) => typeof socket[name]);
    const { family } = socket.address();
    // A framework may ask by `in` whether the connection is encrypted.
    const has = ["encrypted", "authorized", "getPeerCertificate", "alpnProtocol"].map((name) => name in socket);
    response.end(
      JSON.stringify({
        same,
        remoteAddress,
        remoteFamily,
        localAddress,
        encrypted,
        destroyed,
        readable,
        writable,
        connecting,
        pending,
        readyState,
        timeout,
        ports,
        calls,
        numbers,
        has,
        family,
        chained: socket.setNoDelay(true) === socket && socket.setKeepAlive(true) === socket,
      }),
    );
  },
  state(request, response, note) {
    const look = (when) =>
      note(
        `${when}: ${JSON.stringify(pick(response))} ${JSON.stringify(pickRequest(request))} socket ${response.socket === null ? "null" : typeof response.socket}`,
      );
    look("begin");
    response.write("a");
    look("written");
    response.end("b");
    look("ended");
    response.on("finish", () => look("finish"));
    const release = note.hold();
    response.on("close", () => {
      look("close");
      setImmediate(() => {
        look("after");
        release();
      });
    });
  },
  echo(request, response) {
    request.pipe(response);
  },
  async collect(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    response.end(`${Buffer.concat(chunks).length} ${request.complete} ${request.readableEnded}`);
  },
  text(request, response, note) {
    let text = "";
    request.setEncoding("utf8");
    request
      .on("data", (part) => (text += part))
      .on("end", () => {
        note(`end complete ${request.complete}`);
        response.end(text);
      });
  },
  "read-late"(request, response) {
    setTimeout(() => {
      let bytes = 0;
      request.on("data", (chunk) => (bytes += chunk.length)).on("end", () => response.end(`${bytes}`));
    }, 30);
  },
  readable(request, response) {
    let bytes = 0;
    request.on("readable", () => {
      for (let chunk = request.read(); chunk !== null; chunk = request.read()) bytes += chunk.length;
    });
    request.on("end", () => response.end(`${bytes}`));
  },
  "pause-resume"(request, response, note) {
    let bytes = 0;
    let isFirst = true;
    request.on("data", (chunk) => {
      bytes += chunk.length;
      if (!isFirst) return;
      isFirst = false;
      request.pause();
      note(`paused ${request.isPaused()}`);
      setTimeout(() => request.resume(), 20);
    });
    request.on("end", () => response.end(`${bytes}`));
  },
  "answer-first"(request, response) {
    response.end("answered before the body");
    request.resume();
  },
  unread(_request, response) {
    response.end("not interested");
  },
  "destroy-request"(request, response, note) {
    note("began");
    request.destroy(Object.assign(new Error("enough"), { code: "MINE" }));
    response.on("error", () => {});
  },
  "destroy-response"(_request, response, note) {
    note("began");
    response.destroy();
    note(`${response.destroyed} ${response.writableEnded} ${outcome(() => response.write("x"))}`);
  },
  "destroy-response-with-error"(_request, response) {
    response.on("error", () => {});
    response.destroy(Object.assign(new Error("broken"), { code: "MINE" }));
  },
  "destroy-socket"(request) {
    request.socket.destroy();
  },
  "destroy-after-writing"(_request, response) {
    response.writeHead(200, { "Content-Length": "100" });
    response.write("half", () => response.destroy());
  },
  "destroy-after-chunk"(_request, response) {
    response.write("half a page");
    setImmediate(() => response.socket.destroy());
  },
  "write-after-end"(_request, response, note) {
    response.on("error", (error) => note(`error ${error.code}`));
    response.end("done");
    note(outcome(() => response.write("more", (error) => note(`called back ${error?.code}`))));
    note(outcome(() => response.end("more", (error) => note(`ended again ${error?.code}`))));
  },
  "end-twice"(_request, response, note) {
    response.end("once", () => note("first"));
    response.end(() => note("second"));
  },
  "late-listeners"(_request, response, note) {
    const release = note.hold();
    response.end("x");
    setTimeout(() => {
      response.on("finish", () => note("never"));
      response.on("close", () => note("never"));
      note(`finished ${response.writableFinished} closed ${response.closed}`);
      release();
    }, 20);
  },
  timeout(_request, response, note) {
    response.setTimeout(40, (socket) => {
      note(`timed out ${typeof socket}`);
      response.end("too slow");
    });
  },
  "request-timeout"(request, response, note) {
    request.setTimeout(40, () => {
      note("timed out");
      response.end("too slow");
    });
  },
  "socket-timeout"(request, response, note) {
    request.socket.setTimeout(40);
    request.socket.once("timeout", () => {
      note("timed out");
      response.end("too slow");
    });
  },
  "async-context"(_request, response, note) {
    storage.run("mine", () => {
      response.on("finish", () => note(`finish ${storage.getStore()}`));
      setTimeout(() => response.end(`${storage.getStore()}`), 5);
    });
  },
  slowly(_request, response) {
    setTimeout(() => response.end("slowly"), 80);
  },
  backpressure(_request, response, note) {
    const block = Buffer.alloc(64 * 1024, "b");
    let left = 64;
    let waits = 0;
    const more = () => {
      while (left > 0) {
        left -= 1;
        if (!response.write(block)) {
          waits += 1;
          response.once("drain", more);
          return;
        }
      }
      response.end(() =>
        note(`waited ${waits > 0} needs ${response.writableNeedDrain} length ${response.writableLength}`),
      );
    };
    more();
  },
  endless(_request, response, note) {
    const block = Buffer.alloc(64 * 1024, "e");
    const more = () => {
      while (!response.destroyed && response.write(block));
    };
    response.on("drain", more);
    note("began");
    more();
  },
  waits(request, response, note) {
    request.on("aborted", () => note("aborted"));
    note("began");
    void response;
  },
  "waits-and-writes"(_request, response, note) {
    response.on("close", () => {
      note(`${outcome(() => response.write("x"))} ${outcome(() => response.end())}`);
    });
    note("began");
  },
  "reads-forever"(request, _response, note) {
    request.on("data", () => {
      if (request.read === undefined) note("no read");
    });
    note("began");
  },
  iterates(request, _response, note) {
    note("began");
    void (async () => {
      try {
        for await (const chunk of request) void chunk;
        note("read all");
      } catch (error) {
        note(`iteration threw ${error.code} ${error.message}`);
      }
    })();
  },
  "waits-for-listeners"(_request, response, note) {
    note("began");
    response.on("close", () => note(`counts ${response.listenerCount("close") > 0}`));
  },
};

function pick({
  headersSent,
  writableEnded,
  writableFinished,
  finished,
  destroyed,
  closed,
  statusCode,
  statusMessage,
  writable,
  writableObjectMode,
  shouldKeepAlive,
  chunkedEncoding,
  sendDate,
  errored,
  writableCorked,
  strictContentLength,
}) {
  return {
    headersSent,
    writableEnded,
    writableFinished,
    finished,
    destroyed,
    closed,
    statusCode,
    statusMessage,
    writable,
    writableObjectMode,
    shouldKeepAlive,
    chunkedEncoding,
    sendDate,
    errored,
    writableCorked,
    strictContentLength,
  };
}

function pickRequest({
  complete,
  aborted,
  destroyed,
  readable,
  readableEnded,
  readableFlowing,
  upgrade,
  closed,
  errored,
}) {
  return { complete, aborted, destroyed, readable, readableEnded, readableFlowing, upgrade, closed, errored };
}

/** Answers by the path: `/seen`, `/write/7`, `/misuse/3`. */
export function semantics({ watch }) {
  return (request, response) => {
    const note = watch(request, response);
    const [, name, place] = request.url.split(/[/?]/u);
    if (name === "write") return written[place][1](response, note);
    if (name === "misuse") {
      const [, call, isLate] = misuse[place];
      if (isLate) response.write("begun ");
      const said = call(response);
      return response.end(said);
    }
    return routes[name in routes ? name : "seen"](request, response, note);
  };
}
