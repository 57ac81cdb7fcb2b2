// The octets of the conformance kit, under the name that tests know them by.

export { chunked, get, message, post } from "../../src/conformance/octets.ts";
