// The reader of the conformance kit, under the name that tests know it by.

export { type Parsed, parseResponse, type RawResponse } from "../../src/conformance/raw-response.ts";
