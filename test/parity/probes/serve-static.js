// serve-static and send, called by a bare listener without Express.

import serveStatic from "serve-static";

export const probe = {
  kind: "node",
  app({ watch, folder }) {
    const files = serveStatic(folder, {
      index: ["index.html"],
      cacheControl: true,
      maxAge: 5_000,
      setHeaders: (response) => response.setHeader("X-Set", "1"),
    });
    return (request, response) => {
      watch(request, response);
      files(request, response, (error) => {
        response.statusCode = error === undefined ? 404 : (error.status ?? 500);
        response.end(error === undefined ? "not here" : error.message);
      });
    };
  },
  steps: [
    { name: "file", target: "/hello.txt" },
    { name: "HEAD", method: "HEAD", target: "/large.bin" },
    { name: "large", target: "/large.bin" },
    { name: "two ranges", target: "/hello.txt", fields: [["Range", "bytes=0-1,4-5"]] },
    {
      name: "range of another version",
      target: "/hello.txt",
      fields: [
        ["Range", "bytes=0-1"],
        ["If-Range", '"other"'],
      ],
    },
    { name: "unchanged since", target: "/hello.txt", fields: [["If-Modified-Since", "Fri, 02 Jan 2026 03:04:05 GMT"]] },
    { name: "index", target: "/" },
    { name: "folder", target: "/sub" },
    { name: "missing", target: "/nope" },
    { name: "empty", target: "/empty.txt" },
    { name: "NUL in the path", target: "/a%00b" },
    { name: "POST", method: "POST", target: "/hello.txt", body: "x" },
  ],
};
