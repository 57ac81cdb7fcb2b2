// Answers of one app begin with the same lines again and again. Those that came last time, in the same order, are there as one
// piece of text; only what is different is put together.

import { headBlock, isAscii } from "../../http/head-block.ts";

/** A line, and the head up to its end. */
interface Line {
  readonly name: string;
  readonly value: string;
  /** Status line and fields. Flat: the engine copies it without walking through its parts. */
  readonly block: string;
  next: Line | null;
  /** What came after it last time and is not remembered: it has to come twice, so that what changes each time costs nothing. */
  seenName: string;
  seenValue: string;
}

/** Statuses whose heads are remembered: more than an app uses often. */
const MAX_STATUSES = 16;

/** A longer head is not remembered: each line keeps the whole text before it. */
const MAX_BLOCK_LENGTH = 4 * 1024;

export class HeadMemory {
  private readonly starts = new Map<number, Line>();
  private lastStatus = 0;
  private lastStart: Line | null = null;

  /** `headBlock(status, "", fields)`, or `null` when it is not ASCII. */
  block(status: number, fields: readonly string[]): string | null {
    let line = this.start(status);
    let at = 0;
    for (; at < fields.length; at += 2) {
      const { next } = line;
      if (next === null || next.value !== fields[at + 1] || next.name !== fields[at]) break;
      line = next;
    }
    if (at === fields.length) return line.block;
    this.learn(line, fields[at]!, fields[at + 1]!);
    let rest = "";
    for (; at < fields.length; at += 2) rest += `\r\n${fields[at]!}: ${fields[at + 1]!}`;
    return isAscii(rest) ? line.block + rest : null;
  }

  private start(status: number): Line {
    if (status === this.lastStatus && this.lastStart !== null) return this.lastStart;
    const start = this.starts.get(status) ?? lineOf("", "", headBlock(status, "", []));
    if (this.starts.size < MAX_STATUSES) this.starts.set(status, start);
    this.lastStatus = status;
    this.lastStart = start;
    return start;
  }

  private learn(line: Line, name: string, value: string): void {
    if (line.seenValue !== value || line.seenName !== name) {
      line.seenName = name;
      line.seenValue = value;
      return;
    }
    const block = `${line.block}\r\n${name}: ${value}`;
    if (block.length <= MAX_BLOCK_LENGTH && isAscii(block)) line.next = lineOf(name, value, block);
  }
}

function lineOf(name: string, value: string, block: string): Line {
  return { name, value, block, next: null, seenName: "", seenValue: "" };
}
