// swagger-ui-express, graphql-http and tRPC, mounted in one Express app.

import { createRequire } from "node:module";
import { initTRPC } from "@trpc/server";
import { createExpressMiddleware } from "@trpc/server/adapters/express";
import express from "express";
import { buildSchema } from "graphql";
import { createHandler } from "graphql-http/lib/use/express";
import swagger from "swagger-ui-express";

const json = [["Content-Type", "application/json"]];
const { version } = createRequire(import.meta.url)("swagger-ui-express/package.json");

export const probe = {
  kind: "express",
  app({ watcher }) {
    const app = express();
    app.set("env", "test");
    app.use(watcher);
    app.use("/docs", swagger.serve, swagger.setup({ openapi: "3.0.0", info: { title: "probe", version }, paths: {} }));
    const schema = buildSchema("type Query { hello(name: String): String, fails: String }");
    const rootValue = {
      hello: ({ name }) => `hello ${name}`,
      fails: () => {
        throw new Error("resolver");
      },
    };
    app.all("/graphql", createHandler({ schema, rootValue, context: (request) => ({ method: request.raw.method }) }));
    app.use("/trpc", createExpressMiddleware({ router: router(), createContext: ({ req, res }) => ({ req, res }) }));
    return app;
  },
  steps: [
    { name: "swagger page", target: "/docs/" },
    { name: "swagger without a slash", target: "/docs" },
    { name: "swagger script", target: "/docs/swagger-ui-init.js" },
    { name: "swagger bundle", target: "/docs/swagger-ui-bundle.js" },
    { name: "swagger style", target: "/docs/swagger-ui.css", fields: [["Range", "bytes=0-99"]] },
    {
      name: "graphql by POST",
      method: "POST",
      target: "/graphql",
      fields: json,
      body: '{"query":"{ hello(name: \\"Ada\\") }"}',
    },
    {
      name: "graphql by GET",
      target: "/graphql?query=%7B__typename%7D",
      fields: [["Accept", "application/graphql-response+json"]],
    },
    {
      name: "graphql, resolver fails",
      method: "POST",
      target: "/graphql",
      fields: json,
      body: '{"query":"{ fails }"}',
    },
    { name: "graphql, bad query", method: "POST", target: "/graphql", fields: json, body: '{"query":"{ nope }"}' },
    { name: "graphql, bad json", method: "POST", target: "/graphql", fields: json, body: "{" },
    { name: "trpc query", target: "/trpc/greet?input=%22Ada%22" },
    { name: "trpc batch", target: "/trpc/greet,greet?batch=1&input=%7B%220%22%3A%22a%22%2C%221%22%3A%22b%22%7D" },
    { name: "trpc mutation", method: "POST", target: "/trpc/add", fields: json, body: "[1,2,3]" },
    { name: "trpc error", target: "/trpc/fails" },
    { name: "trpc, no such procedure", target: "/trpc/nope" },
    { name: "trpc, HEAD", method: "HEAD", target: "/trpc/greet" },
    { name: "trpc subscription", target: "/trpc/count", fields: [["Accept", "text/event-stream"]] },
  ],
  blurs: [{ pattern: /"stack\\":\\"[^"]*"/gu, becomes: '"stack\\":\\"*"', reason: "A stack shows who called." }],
};

function router() {
  const t = initTRPC.context().create({ isDev: false });
  return t.router({
    greet: t.procedure.input(String).query(({ input, ctx }) => {
      ctx.res.setHeader("X-Greeted", encodeURIComponent(input));
      return `hello ${input}`;
    }),
    add: t.procedure.input((value) => value).mutation(({ input }) => input.reduce((sum, one) => sum + one, 0)),
    fails: t.procedure.query(() => {
      throw new Error("procedure");
    }),
    count: t.procedure.subscription(async function* count() {
      for (let i = 0; i < 3; i++) yield i;
    }),
  });
}
