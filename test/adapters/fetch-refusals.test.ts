// What does a user read who hands fromFetch() something else?

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { createServer } from "node:http";
import { describe, it } from "node:test";

import { fromFetch } from "../../adapters/fetch.ts";
import { ServerError } from "../../src/index.ts";

function refusal(value: unknown): string {
  try {
    fromFetch(value);
  } catch (error) {
    assert.ok(error instanceof ServerError);
    assert.equal(error.code, "ERR_APP_INVALID");
    return error.message;
  }
  return assert.fail("it was accepted");
}

describe("fromFetch() on something it cannot run", () => {
  it("names a plain value", () => {
    assert.match(refusal(undefined), /^fromFetch\(\) was given undefined\. /);
    assert.match(refusal(null), /given null\. /);
    assert.match(refusal(3000), /given the number 3000\. /);
    assert.match(refusal("./app.js"), /given the string "\.\/app\.js"\. /);
    assert.match(refusal([]), /given an array\. /);
  });

  it("names the properties of an object, which shows a misspelt one", () => {
    assert.match(refusal({ fetsh: () => new Response(), port: 1 }), /given an object with fetsh, port\. /);
    assert.match(refusal({}), /given an object without properties\. /);
  });

  it("says what is accepted", () => {
    assert.match(
      refusal(null),
      /a function \(request\) => Response.*fetch\(request\).*respond\(request\).*default export/,
    );
  });

  it("names Node-style servers, which take (req, res)", () => {
    const express = Object.assign(() => {}, EventEmitter.prototype, { listen: () => {}, handle: () => {} });

    assert.match(refusal(express), /an Express app, which takes \(req, res\)/);
    assert.match(refusal(createServer()), /a Node server, which takes \(req, res\)/);
    assert.match(refusal({ callback: () => {}, use: () => {} }), /a Koa application/);
    assert.match(refusal({ routing: () => {}, inject: () => {} }), /a Fastify instance/);
    assert.match(refusal({ getHttpAdapter: () => {}, getHttpServer: () => {} }), /a NestJS application/);
    assert.match(refusal({ getRequestHandler: () => {}, prepare: () => {} }), /a Next\.js server/);
  });

  it("tells a promise from an app", () => {
    assert.match(refusal(Promise.resolve(() => new Response())), /a promise: await it first/);
  });

  it("tells a class from a handler", () => {
    class Worker {
      fetch(): Response {
        return new Response();
      }
    }

    assert.match(refusal(Worker), /the class Worker: pass an instance of it/);
    assert.equal(fromFetch(new Worker()).contract, 1);
  });

  it("names what a module exports", () => {
    assert.match(refusal({ default: { port: 1 } }), /given an object with port\. /);
  });
});
