import { defineEventHandler, setResponseHeader } from "h3";

export default defineEventHandler((event) => {
  setResponseHeader(event, "Content-Type", "text/html");
  return "<!doctype html><title>Home</title><h1>Home</h1>";
});
