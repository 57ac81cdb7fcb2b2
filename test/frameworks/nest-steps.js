// The requests that a Nest app is probed with.

const json = [["Content-Type", "application/json"]];
const form = [["Content-Type", "application/x-www-form-urlencoded"]];
const multipart = [["Content-Type", "multipart/form-data; boundary=b"]];
const file = (content) =>
  `--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n${content}\r\n--b--\r\n`;

const get = (name, path, fields = []) => ({ name, target: `/api/${path}`, fields });

const shared = [
  get("a string", "hello"),
  get("an object", "json"),
  get("nothing", "nothing"),
  get("a parameter", "books/1"),
  get("a parameter of nothing", "books/2"),
  get("a parameter that is refused", "books/x"),
  get("a query", "query?name=a%20b&list=1&list=2"),
  { name: "a body", method: "POST", target: "/api/echo", fields: json, body: '{"a":[1,2]}' },
  { name: "a form", method: "POST", target: "/api/echo", fields: form, body: "a=1&b=2" },
  { name: "no body", method: "POST", target: "/api/echo", fields: [["Content-Length", "0"]] },
  { name: "a body that is no JSON", method: "POST", target: "/api/echo", fields: json, body: '{"a":' },
  { name: "a raw body", method: "POST", target: "/api/raw", fields: json, body: '{ "a" : "é" }' },
  get("a promise", "later"),
  get("an observable", "observed"),
  get("a redirect", "moved"),
  { name: "a status and a field", method: "POST", target: "/api/accepted", fields: [["Content-Length", "0"]] },
  get("a guard, refused", "guarded"),
  get("a guard, with a reason", "guarded", [["X-Closed", "1"]]),
  get("a guard, passed", "guarded", [["X-Key", "1"]]),
  get("an interceptor", "wrapped"),
  get("a filter", "trouble"),
  get("an exception with an object", "teapot"),
  get("an error", "crash"),
  get("events", "events"),
  get("bytes", "text"),
  get("a file", "file"),
  { name: "HEAD of a file", method: "HEAD", target: "/api/file" },
  get("a file that is gone", "missing-file"),
  get("an answer by hand", "own"),
  { name: "any method", method: "PATCH", target: "/api/any?x=1", fields: [["Content-Length", "0"]] },
  { name: "PUT", method: "PUT", target: "/api/books/7", fields: json, body: '{"title":"Persuasion"}' },
  { name: "DELETE", method: "DELETE", target: "/api/books/7" },
  get("a version", "v1/edition"),
  get("another version", "v2/edition"),
  get("a version that is not there", "v3/edition"),
  { name: "outside of the prefix", target: "/health" },
  { name: "not outside of the prefix", target: "/hello" },
  get("nowhere", "nowhere"),
  { name: "HEAD", method: "HEAD", target: "/api/hello" },
  { name: "HEAD by itself", method: "HEAD", target: "/api/headed" },
  { name: "OPTIONS", method: "OPTIONS", target: "/api/asked" },
  {
    name: "a preflight",
    method: "OPTIONS",
    target: "/api/echo",
    fields: [
      ["Origin", "http://b.example"],
      ["Access-Control-Request-Method", "POST"],
    ],
  },
  get("another origin", "hello", [["Origin", "http://b.example"]]),
  {
    name: "a body that is too large",
    method: "POST",
    target: "/api/echo",
    fields: json,
    body: `"${"x".repeat(1_100_000)}"`,
    isFresh: true,
  },
  {
    name: "events that nobody waits for",
    isFresh: true,
    exchanges: 0,
    async client(client) {
      await client.send("GET /api/events HTTP/1.1\r\nHost: a.example\r\n\r\n");
      while (!client.receivedText.includes("tick")) await client.peek(client.receivedBytes + 1);
      client.leave();
      return ["ticked"];
    },
  },
  get("and the next", "hello"),
];

const uploads = [
  { name: "an upload", method: "POST", target: "/api/upload", fields: multipart, body: file("content") },
  { name: "a large upload", method: "POST", target: "/api/upload", fields: multipart, body: file("x".repeat(700_000)) },
  { name: "an upload without a file", method: "POST", target: "/api/upload", fields: multipart, body: "--b--\r\n" },
];

/** By platform. */
export const STEPS = { express: [...shared, ...uploads], fastify: [...shared, ...uploads] };
