// What does making a Request cost, and what does each use of it add?

import { createGenuineRequest, createRequest } from "../../src/engine/request.ts";
import { exchangeWithoutEngine } from "./exchange.ts";
import type { MicroSuite } from "./suite.ts";

const exchange = exchangeWithoutEngine();

export const requestSuite: MicroSuite = {
  title: "request creation",
  cases: {
    createRequest: () => createRequest(exchange),
    "createRequest, method and url read": () => {
      const { method, url } = createRequest(exchange);
      return method.length + url.length;
    },
    "createRequest, signal read": () => createRequest(exchange).signal,
    "createRequest, then clone()": () => createRequest(exchange).clone(),
    createGenuineRequest: () => createGenuineRequest(exchange),
    "platform: new Request(url)": () => new Request("http://www.example.com/articles/42?draft=1"),
  },
};
