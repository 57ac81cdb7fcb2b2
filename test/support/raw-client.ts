// The client of the conformance kit, under the name that tests know it by.

export { type Octets, RawClient } from "../../src/conformance/raw-client.ts";
