// Sends WebSocket messages as fast as they come back: bytes over plain sockets, so that the sender is not what is measured.
// Arguments: port, milliseconds.

import { randomBytes } from "node:crypto";
import { connect } from "node:net";

const CONNECTIONS = 64;
const UNDER_WAY = 8;
const SIZE = 100;

const port = Number(process.argv[2]);
const ms = Number(process.argv[3]);

const text = Buffer.from("0123456789".repeat(SIZE / 10));
const key = Buffer.from([1, 2, 3, 4]);
/** RFC 6455 section 5.2: a text, masked as a client has to. */
const question = Buffer.concat([Buffer.from([0x81, 0x80 | SIZE]), key, text.map((octet, i) => octet ^ key[i % 4])]);
const answer = Buffer.concat([Buffer.from([0x81, SIZE]), text]);

let messages = 0;
let isOver = false;

function fail(sentence) {
  if (isOver) return;
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

function open() {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  let isOpen = false;
  let rest = Buffer.alloc(0);
  socket.on("error", (error) => fail(`connection: ${error.message}`));
  socket.on("close", () => fail("a connection was closed"));
  socket.write(
    `GET /echo HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n\r\n`,
  );
  const send = (count) => socket.write(count === 1 ? question : Buffer.concat(Array(count).fill(question)));
  socket.on("data", (chunk) => {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (!isOpen) {
      const end = bytes.indexOf("\r\n\r\n");
      rest = bytes;
      if (end < 0) return;
      if (!bytes.toString("latin1").startsWith("HTTP/1.1 101 ")) fail(`handshake: ${bytes.toString("latin1")}`);
      isOpen = true;
      bytes = bytes.subarray(end + 4);
      send(UNDER_WAY);
    }
    const whole = Math.floor(bytes.length / answer.length);
    // One of each read is compared: comparing all of them would make the sender the slower side.
    if (whole > 0 && !bytes.subarray(0, answer.length).equals(answer)) fail("a message came back changed");
    rest = bytes.subarray(whole * answer.length);
    if (whole === 0) return;
    messages += whole;
    if (!isOver) send(whole);
  });
}

const startMs = performance.now();
for (let i = 0; i < CONNECTIONS; i++) open();
setTimeout(() => {
  isOver = true;
  const microseconds = Math.round((performance.now() - startMs) * 1000);
  process.stdout.write(`${JSON.stringify({ messages, microseconds })}\n`, () => process.exit(0));
}, ms);
