import { defineEventHandler, getQuery, readBody, setCookie } from "h3";

export default defineEventHandler(async (event) => {
  setCookie(event, "a", "1");
  setCookie(event, "b", "2", { httpOnly: true });
  return { body: await readBody(event), query: getQuery(event) };
});
