// The waiting of the conformance kit, under the name that tests know it by.

export { deferred, type Deferred, throughout, turn, until, within } from "../../src/conformance/waiting.ts";
