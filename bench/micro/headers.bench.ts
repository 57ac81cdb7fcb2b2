// What does reading a request's fields cost?

import { createRequest } from "../../src/engine/request.ts";
import { exchangeWithoutEngine } from "./exchange.ts";
import type { MicroSuite } from "./suite.ts";

const exchange = exchangeWithoutEngine();
const kept = createRequest(exchange).headers;
const platform = new Headers([...kept]);

export const headersSuite: MicroSuite = {
  title: "header access",
  cases: {
    "new request, one get": () => createRequest(exchange).headers.get("user-agent"),
    "get, first field": () => kept.get("host"),
    "get, last field": () => kept.get("x-request-id"),
    "get, absent": () => kept.get("authorization"),
    "get, name in upper case": () => kept.get("User-Agent"),
    "all fields": () => [...kept].length,
    "platform: get": () => platform.get("x-request-id"),
    "platform: all fields": () => [...platform].length,
  },
};
