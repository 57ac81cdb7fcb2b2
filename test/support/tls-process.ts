// A process of its own that looks after certificates, as each machine of a fleet does: `node tls-process.ts <settings> <port>`.
// It starts with the first byte of its standard input, so that a whole fleet starts at once. It prints its events, one JSON object a line, and the certificate it would serve; it answers tokens on its port.

import { once } from "node:events";
import { eventLine } from "../../src/tls/events.ts";
import { openCertificates } from "../../src/tls/open.ts";
import { resolveOptions } from "../../src/options.ts";
import { tokenServer } from "./pebble.ts";

const [settings = "{}", port = "0"] = process.argv.slice(2);
const say = (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

const manager = await openCertificates(resolveOptions({ options: JSON.parse(settings) }), {
  onEvent: (event) => say({ ...event, line: eventLine(event, Date.now()).message }),
  lookMs: 200,
});
manager.onChange = ([pair]) => {
  say({ type: "pair", origin: pair?.origin, chainPem: pair?.chainPem });
  return true;
};
await tokenServer(Number(port), (host, token) => manager.challenge(host, token));
say({ type: "ready" });
await once(process.stdin, "data");
const [first] = await manager.start();
say({ type: "started", origin: first?.origin });
manager.listening();

// It ends when its standard input does: no test leaves one behind.
process.stdin.resume().on("end", () => process.exit(0));
setInterval(() => {}, 1_000_000);
