// Small files of the kinds that browsers load, made here from their formats: nothing is copied from anywhere.

import { crc32, deflateSync } from "node:zlib";

/** A picture of one colour (PNG specification, third edition): 8-bit RGB, no filter. */
export function png(width: number, height: number, [red, green, blue]: readonly [number, number, number]): Buffer {
  const row = Buffer.alloc(1 + width * 3);
  for (let x = 0; x < width; x++) row.set([red, green, blue], 1 + x * 3);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    pngChunk("IHDR", header),
    pngChunk("IDAT", deflateSync(Buffer.concat(Array.from({ length: height }, () => row)))),
    pngChunk("IEND", Buffer.alloc(0)),
  ]);
}

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  return Buffer.concat([u32(data.length), body, u32(crc32(body))]);
}

/** A module that exports `answer`, a function without parameters that gives 42 (WebAssembly core specification, 5.5). */
export function wasm(): Buffer {
  const sections = [
    "0061736d 01000000", // magic, version 1
    "01 05 01 60 00 01 7f", // types: () -> i32
    "03 02 01 00", // functions: one of type 0
    "07 0a 01 06 616e73776572 00 00", // exports: "answer"
    "0a 06 01 04 00 41 2a 0b", // code: i32.const 42
  ];
  return Buffer.from(sections.join("").replaceAll(" ", ""), "hex");
}

/** A TrueType font (ISO/IEC 14496-22) whose only letter, A, is a full square. */
export function font(family: string): Buffer {
  const square = glyph();
  const tables: Readonly<Record<string, Buffer>> = {
    "OS/2": os2(),
    cmap: cmap(),
    glyf: square,
    head: head(),
    hhea: Buffer.concat([u32(0x10000), i16(800, -200, 0), u16(600), i16(0, 0, 600, 1, 0, 0, 0, 0, 0, 0, 0), u16(2)]),
    hmtx: Buffer.concat([u16(600), i16(0), u16(600), i16(0)]),
    loca: u16(0, 0, square.length / 2),
    maxp: Buffer.concat([u32(0x10000), u16(2, 4, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)]),
    name: names(family),
    post: Buffer.concat([u32(0x30000), u32(0), i16(-100, 50), u32(0), u32(0), u32(0), u32(0), u32(0)]),
  };
  return fontFile(tables);
}

function fontFile(tables: Readonly<Record<string, Buffer>>): Buffer {
  const entries = Object.entries(tables);
  const power = Math.floor(Math.log2(entries.length));
  const start = Buffer.concat([
    u32(0x10000),
    u16(entries.length, 16 * 2 ** power, power, 16 * (entries.length - 2 ** power)),
  ]);
  let offset = start.length + 16 * entries.length;
  const directory: Buffer[] = [];
  const bodies: Buffer[] = [];
  for (const [tag, table] of entries) {
    directory.push(Buffer.from(tag, "latin1"), u32(checksum(table)), u32(offset), u32(table.length));
    const padded = Buffer.concat([table, Buffer.alloc((4 - (table.length % 4)) % 4)]);
    bodies.push(padded);
    offset += padded.length;
  }
  return Buffer.concat([start, ...directory, ...bodies]);
}

function checksum(table: Buffer): number {
  const padded = Buffer.concat([table, Buffer.alloc((4 - (table.length % 4)) % 4)]);
  let sum = 0;
  for (let i = 0; i < padded.length; i += 4) sum = (sum + padded.readUInt32BE(i)) >>> 0;
  return sum;
}

/** One contour of four points on the curve, each coordinate two bytes. */
function glyph(): Buffer {
  const points = Buffer.from([1, 1, 1, 1]);
  const outline = Buffer.concat([
    i16(1, 0, 0, 500, 500),
    u16(3),
    u16(0),
    points,
    i16(0, 500, 0, -500),
    i16(0, 0, 500, 0),
  ]);
  return Buffer.concat([outline, Buffer.alloc(outline.length % 2)]);
}

/** Format 4: one segment for A, and the one that ends the list. */
function cmap(): Buffer {
  const code = "A".charCodeAt(0);
  const segments = [u16(code, 0xffff), u16(0), u16(code, 0xffff), i16(1 - code, 1), u16(0, 0)];
  const body = Buffer.concat([u16(4, 4, 1, 0), ...segments]);
  const table = Buffer.concat([u16(4, body.length + 6, 0), body]);
  return Buffer.concat([u16(0, 1), u16(3, 1), u32(12), table]);
}

function head(): Buffer {
  const times = Buffer.alloc(16);
  const parts = [u32(0x10000), u32(0x10000), u32(0), u32(0x5f0f3cf5), u16(0, 1000), times];
  return Buffer.concat([...parts, i16(0, 0, 500, 500), u16(0, 8), i16(2, 0, 0)]);
}

function os2(): Buffer {
  const metrics = [u16(4), i16(600), u16(400, 5, 0), i16(650, 600, 0, 75, 650, 600, 0, 350, 50, 250, 0)];
  const panose = Buffer.alloc(10);
  const ranges = Buffer.alloc(16);
  const rest = [Buffer.from("ESRV"), u16(0x40, 65, 65), i16(800, -200, 0), u16(800, 200), u32(1), u32(0)];
  return Buffer.concat([...metrics, panose, ranges, ...rest, i16(500, 500), u16(0, 32, 0)]);
}

function names(family: string): Buffer {
  const texts = [family, "Regular", `${family} 1`, family, "Version 1", family];
  const strings = texts.map((text) => Buffer.from(text, "utf16le").swap16());
  let offset = 0;
  const records = strings.map((string, i) => {
    const record = u16(3, 1, 0x409, i + 1, string.length, offset);
    offset += string.length;
    return record;
  });
  return Buffer.concat([u16(0, texts.length, 6 + 12 * texts.length), ...records, ...strings]);
}

function u16(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, i) => bytes.writeUInt16BE(value, i * 2));
  return bytes;
}

function i16(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, i) => bytes.writeInt16BE(value, i * 2));
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
