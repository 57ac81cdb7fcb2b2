import { defineEventHandler, readRawBody } from "h3";

export default defineEventHandler(async (event) => ({ bytes: (await readRawBody(event, false)).length }));
