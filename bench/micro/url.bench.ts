// What does the URL of a request cost?

import { requestUrl } from "../../src/http/request-url.ts";
import type { MicroSuite } from "./suite.ts";

export const urlSuite: MicroSuite = {
  title: "URL",
  cases: {
    "plain path": () => requestUrl("http", "www.example.com", "/articles/42"),
    "path and query": () => requestUrl("http", "www.example.com", "/articles/42?draft=1&page=2"),
    "path that needs the parser": () => requestUrl("http", "www.example.com", "/a/../b c"),
    "platform: new URL(…).href": () => new URL("http://www.example.com/articles/42?draft=1&page=2").href,
  },
};
