// The header store of a response: one flat list until somebody reaches for Node's own, and Node's own from there on.

import { OutgoingMessage, ServerResponse, validateHeaderName, validateHeaderValue } from "node:http";
import { FIELDS, LENGTH, type Outgoing } from "./bridge-state.ts";
import { headersSent, judge } from "./node-errors.ts";

type Value = number | string | readonly string[];

/** What the sender does with a field. */
type Role = "plain" | "length" | "coding" | "connection" | "dropped";

interface FieldName {
  readonly lower: string;
  readonly role: Role;
  readonly isToken: boolean;
  /** The last value that was found to be clean: most fields have few. */
  clean: string;
}

/** name, spelling, value, name, spelling, value … `MIGRATED` when Node's store is the truth. */
export type FieldList = (FieldName | string | Value)[];

const MIGRATED: FieldList = [];

/** The engine writes these itself (H32, H33); trailers have no place in the contract. */
const DROPPED: ReadonlySet<string> = new Set(["date", "keep-alive", "proxy-connection", "trailer"]);

/** `LENGTH` of an answer that the app wants in chunks, though it may know its length. */
export const IN_CHUNKS = -2;

/** Names that are remembered. A client cannot add any: they are what the app sets. */
const MAX_NAMES = 1_000;

const names = new Map<string, FieldName>();
const native = ServerResponse.prototype;

/** Where Node keeps the fields: `cookies` and others call `OutgoingMessage.prototype.setHeader` itself on our object. */
export const NODE_FIELDS: symbol =
  Object.getOwnPropertySymbols(judge()).find(({ description }) => description === "kOutHeaders") ??
  Symbol("kOutHeaders");

function fieldName(name: string): FieldName {
  const known = names.get(name);
  if (known !== undefined) return known;
  // Throws for what is no string, in Node's words.
  if (typeof name !== "string") judge().getHeader(name);
  const lower = name.toLowerCase();
  const made: FieldName = { lower, role: roleOf(lower), isToken: isToken(name), clean: "" };
  if (names.size < MAX_NAMES) names.set(name, made);
  return made;
}

function roleOf(lower: string): Role {
  if (lower === "content-length") return "length";
  if (lower === "transfer-encoding") return "coding";
  if (lower === "connection") return "connection";
  return DROPPED.has(lower) ? "dropped" : "plain";
}

function isToken(name: string): boolean {
  try {
    validateHeaderName(name);
    return true;
  } catch {
    return false;
  }
}

const UNCLEAN = /[^\t\x20-\x7e\x80-\xff]/;

function check(field: FieldName, name: string, value: unknown): void {
  if (!field.isToken) validateHeaderName(name);
  if (typeof value === "string") {
    if (value === field.clean) return;
    if (UNCLEAN.test(value)) validateHeaderValue(name, value);
    field.clean = value;
  } else if (typeof value !== "number") validateHeaderValue(name, value as string);
}

function indexOf(fields: FieldList, lower: string): number {
  for (let i = 0; i < fields.length; i += 3) if ((fields[i] as FieldName).lower === lower) return i;
  return -1;
}

function ownFields(response: Outgoing): FieldList | null | undefined {
  const fields = response[FIELDS];
  return fields === MIGRATED ? undefined : fields;
}

/** The methods of `ServerResponse` that are about fields. On a genuine object, Node's own do the work. */
export const fieldMethods: Record<string, (this: Outgoing, ...args: never[]) => unknown> = {
  setHeader(name: string, value: Value) {
    const fields = ownFields(this);
    if (fields === undefined) return native.setHeader.call(this, name, value);
    if (this._header !== null) throw headersSent("set");
    const field = fieldName(name);
    check(field, name, value);
    if (fields === null) {
      this[FIELDS] = [field, name, value];
      return this;
    }
    const index = indexOf(fields, field.lower);
    if (index < 0) fields.push(field, name, value);
    else {
      fields[index + 1] = name;
      fields[index + 2] = value;
    }
    return this;
  },

  appendHeader(name: string, value: Value) {
    const fields = ownFields(this);
    if (fields === undefined) return native.appendHeader.call(this, name, value as string);
    if (this._header !== null) throw headersSent("append");
    const field = fieldName(name);
    check(field, name, value);
    const index = fields === null ? -1 : indexOf(fields, field.lower);
    if (fields === null) this[FIELDS] = [field, name, value];
    else if (index < 0) fields.push(field, name, value);
    else fields[index + 2] = ([] as unknown[]).concat(fields[index + 2], value) as string[];
    return this;
  },

  getHeader(name: string) {
    const fields = ownFields(this);
    if (fields === undefined) return native.getHeader.call(this, name);
    const { lower } = fieldName(name);
    const index = fields === null ? -1 : indexOf(fields, lower);
    return index < 0 ? undefined : fields![index + 2];
  },

  hasHeader(name: string) {
    const fields = ownFields(this);
    if (fields === undefined) return native.hasHeader.call(this, name);
    return indexOf(fields ?? MIGRATED, fieldName(name).lower) >= 0;
  },

  removeHeader(name: string) {
    const fields = ownFields(this);
    if (fields === undefined) return native.removeHeader.call(this, name);
    const { lower } = fieldName(name);
    if (this._header !== null) throw headersSent("remove");
    const index = fields === null ? -1 : indexOf(fields, lower);
    if (index >= 0) fields!.splice(index, 3);
    return undefined;
  },

  getHeaders() {
    const fields = ownFields(this);
    if (fields === undefined) return native.getHeaders.call(this);
    const all = Object.create(null) as Record<string, unknown>;
    forEachField(fields, (field, _spelling, value) => {
      all[field.lower] = value;
    });
    return all;
  },

  getHeaderNames() {
    const fields = ownFields(this);
    if (fields === undefined) return native.getHeaderNames.call(this);
    const all: string[] = [];
    forEachField(fields, (field) => all.push(field.lower));
    return all;
  },

  getRawHeaderNames() {
    const fields = ownFields(this);
    if (fields === undefined) return Reflect.apply(Reflect.get(native, "getRawHeaderNames"), this, []);
    const all: string[] = [];
    forEachField(fields, (_field, spelling) => all.push(spelling));
    return all;
  },
};

function forEachField(
  fields: FieldList | null,
  visit: (field: FieldName, spelling: string, value: Value) => void,
): void {
  if (fields === null) return;
  for (let i = 0; i < fields.length; i += 3) {
    visit(fields[i] as FieldName, fields[i + 1] as string, fields[i + 2] as Value);
  }
}

type NodeFields = Record<string, [spelling: string, value: Value]>;

/** `[kOutHeaders]` on our layer: the first foreign touch moves what is there into Node's own store, for good. */
export const nodeFieldsAccessor: PropertyDescriptor & ThisType<Outgoing> = {
  configurable: true,
  get() {
    const fields = this[FIELDS];
    if (fields === undefined) return undefined;
    let store: NodeFields | null = null;
    if (fields !== null) {
      const moved = Object.create(null) as NodeFields;
      forEachField(fields, (field, spelling, value) => {
        moved[field.lower] = [spelling, value];
      });
      store = moved;
    }
    migrate(this, store);
    return store;
  },
  set(store: unknown) {
    migrate(this, store);
  },
};

function migrate(response: Outgoing, store: unknown): void {
  if (response[FIELDS] !== undefined) response[FIELDS] = MIGRATED;
  Object.defineProperty(response, NODE_FIELDS, { value: store, writable: true, configurable: true, enumerable: true });
}

/** Starts a response whose store is Node's own from the first moment: nothing of it hangs on its prototype. */
export function useNodeFields(response: Outgoing): void {
  response[FIELDS] = MIGRATED;
  (response as unknown as Record<symbol, unknown>)[NODE_FIELDS] = null;
}

/**
 * The fields as a reply carries them. Notes the app's Content-Length, or its wish for chunks, under `LENGTH`
 * and its wish to close in `shouldKeepAlive`.
 */
export function replyFields(response: Outgoing): string[] {
  const lines: string[] = [];
  const fields = response[FIELDS];
  if (fields === MIGRATED) addNodeFields(response, lines);
  else if (fields != null) {
    for (let i = 0; i < fields.length; i += 3) {
      addField(response, lines, fields[i] as FieldName, fields[i + 1] as string, fields[i + 2] as Value);
    }
  }
  return lines;
}

function addNodeFields(response: Outgoing, lines: string[]): void {
  const store = (response as unknown as Record<symbol, NodeFields | null>)[NODE_FIELDS];
  for (const key in store) addField(response, lines, fieldName(key), store[key]![0], store[key]![1]);
}

function addField(response: Outgoing, lines: string[], field: FieldName, spelling: string, value: Value): void {
  if (field.role === "plain") {
    if (typeof value === "string") lines.push(spelling, value);
    else if (!Array.isArray(value)) lines.push(spelling, String(value));
    else if (field.lower === "cookie") lines.push(spelling, value.join("; "));
    else for (const one of value as readonly string[]) lines.push(spelling, String(one));
  } else if (field.role === "length") {
    const length = Number(value);
    if (response[LENGTH] === IN_CHUNKS) return;
    response[LENGTH] = Number.isSafeInteger(length) && length >= 0 ? length : -1;
  } else if (field.role === "coding") {
    if (/\bchunked\b/i.test(String(value as string))) response[LENGTH] = IN_CHUNKS;
  } else if (field.role === "connection" && /close/i.test(String(value as string))) response.shouldKeepAlive = false;
}

/** `setHeaders(Headers | Map)` for objects of Node 20 and later alike: cookies one by one. */
export function setHeaders(this: Outgoing, headers: Headers | Map<string, Value>): Outgoing {
  if (this[FIELDS] === undefined) {
    Reflect.apply(Reflect.get(native, "setHeaders") as unknown as () => void, this, [headers]);
    return this;
  }
  if (this._header !== null) throw headersSent("set");
  if (headers == null || Array.isArray(headers) || typeof headers.keys !== "function") {
    Reflect.apply(Reflect.get(OutgoingMessage.prototype, "setHeaders") as unknown as () => void, judge(), [headers]);
  }
  const cookies: string[] = [];
  for (const [name, value] of headers as Map<string, Value>) {
    if (name === "set-cookie") cookies.push(...([] as string[]).concat(value as string | string[]));
    else this.setHeader(name, value);
  }
  if (cookies.length > 0) this.setHeader("set-cookie", cookies);
  return this;
}
