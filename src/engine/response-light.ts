// What does a handler get when it writes `new Response(…)` while we serve? A class that is observably the standard one and
// only keeps what it was given, because the platform's own object costs several times a whole request.
//
// The rule that keeps it honest: it stays light only for input that is surely valid; everything else goes to the platform's
// constructor, whose object or error is the answer.

import { Readable } from "node:stream";
import { types } from "node:util";
import { fieldValue, isReason } from "../http/header-list.ts";
import { fieldsOf, GenuineHeaders, headersOf, isPlainRecord, mirror } from "./response-fields.ts";

/** The platform's own class, saved before anything can be installed over it. */
export const GenuineResponse: typeof Response = globalThis.Response;

type BodyArgument = ConstructorParameters<typeof Response>[0];
type InitArgument = ConstructorParameters<typeof Response>[1];

/** A body whose size is known without reading a stream. */
export type KnownBody = string | Uint8Array | Blob;

/** The fields of a Response without any: always this one array. */
export const NO_FIELDS: readonly string[] = Object.freeze([]);

/** The fields of `new Response(text)`: always this one array, so that an engine can keep its header block by identity. */
export const TEXT_FIELDS: readonly string[] = Object.freeze(["content-type", "text/plain;charset=UTF-8"]);

/** The fields of `Response.json(data)`: always this one array. */
export const JSON_FIELDS: readonly string[] = Object.freeze(["content-type", "application/json"]);

/** The fields of `new Response(urlSearchParams)`: always this one array. */
export const FORM_FIELDS: readonly string[] = Object.freeze([
  "content-type",
  "application/x-www-form-urlencoded;charset=UTF-8",
]);

/** What the sender may see of a light Response. The getters of the object itself can be overridden by a subclass. */
export interface LightAccess {
  /** Cannot be forged. */
  isLight(value: object): value is Light;
  status(light: Light): number;
  reason(light: Light): string;
  /** Field lines (names in lower case) nobody can have changed, or `null` once a `Headers` object holds the truth. */
  fields(light: Light): readonly string[] | null;
  headers(light: Light): Headers;
  /**
   * Takes the body for sending: from then on it counts as used.
   *
   * Gives the kept value, a stream that is neither locked nor disturbed, `null` for no body, and `undefined` when the body
   * was used or is locked, so that it cannot be sent.
   */
  take(light: Light): KnownBody | ReadableStream<unknown> | null | undefined;
}

/** The only door into a light Response. */
export let access: LightAccess;

class Light {
  #body: KnownBody | null = null;
  // A body that is a stream, as long as the platform's object has no better claim to it.
  #stream: ReadableStream<unknown> | null = null;
  // The truth about the header list until `#headers` exists; `#genuine.headers` is a copy unless it is `#headers`.
  #fields: readonly string[] = NO_FIELDS;
  #headers: Headers | null = null;
  #status = 200;
  #statusText = "";
  // Made when only the platform can do what is asked. `#body` stays valid as long as the genuine stream is untouched.
  #genuine: Response | null = null;
  #taken = false;

  static {
    access = {
      isLight: (value): value is Light => #body in value,
      status: (light) => light.#status,
      reason: (light) => light.#statusText,
      fields: (light) => (light.#headers === null ? light.#fields : null),
      headers: (light) => light.#list(),
      take: (light) => light.#take(),
    };
    completeClass(this, (value) => (#body in value ? value.#current() : value));
  }

  constructor(body: BodyArgument = null, init?: InitArgument) {
    let isKept = true;
    if (typeof body === "string") {
      this.#body = body;
      this.#fields = TEXT_FIELDS;
      if (init === undefined) return;
    } else if (body !== null) {
      isKept = this.#keep(body);
    }
    if (init != null) this.#configure(init, body, isKept);
    else if (!isKept) this.#adopt(new GenuineResponse(body));
  }

  static json(data: unknown, init?: InitArgument): Response {
    if (arguments.length === 0) throw new TypeError("Response.json: 1 argument required, but 0 found.");
    const text: string | undefined = JSON.stringify(data);
    if (text === undefined) throw new TypeError("Response.json: the value is not JSON serializable.");
    const light = new Light(text);
    light.#fields = JSON_FIELDS;
    if (init != null) light.#configure(init, text, true);
    return light as unknown as Response;
  }

  static [Symbol.hasInstance](value: unknown): boolean {
    // A subclass inherits this method and asks about itself.
    if (this !== Light) return Function.prototype[Symbol.hasInstance].call(this, value);
    return value instanceof GenuineResponse;
  }

  get type(): Response["type"] {
    return #body in this ? "default" : borrowed("type", this);
  }

  get url(): string {
    return #body in this ? "" : borrowed("url", this);
  }

  get redirected(): boolean {
    return #body in this ? false : borrowed("redirected", this);
  }

  get status(): number {
    return #body in this ? this.#status : borrowed("status", this);
  }

  get statusText(): string {
    return #body in this ? this.#statusText : borrowed("statusText", this);
  }

  get ok(): boolean {
    return #body in this ? this.#status >= 200 && this.#status <= 299 : borrowed("ok", this);
  }

  get headers(): Headers {
    return #body in this ? this.#list() : borrowed("headers", this);
  }

  get body(): Response["body"] {
    if (!(#body in this)) return borrowed("body", this);
    if (this.#stream !== null) return this.#stream as Response["body"];
    return this.#body === null && this.#genuine === null ? null : this.#current().body;
  }

  get bodyUsed(): boolean {
    if (!(#body in this)) return borrowed("bodyUsed", this);
    if (this.#stream !== null) return Readable.isDisturbed(this.#stream as never);
    return this.#genuine === null ? this.#taken : this.#genuine.bodyUsed;
  }

  clone(): Response {
    if (!(#body in this)) return Reflect.apply(GenuineResponse.prototype.clone, this, []);
    if (this.#genuine !== null || this.#stream !== null || this.#taken) return this.#current().clone();
    const copy = new Light();
    copy.#body = this.#body;
    copy.#fields = this.#fields;
    copy.#headers = this.#headers === null ? null : new GenuineHeaders(this.#headers);
    copy.#status = this.#status;
    copy.#statusText = this.#statusText;
    return copy as unknown as Response;
  }

  /** Keeps what can be kept as a value. False for what only the platform's constructor can judge. */
  #keep(body: unknown): boolean {
    if (ArrayBuffer.isView(body) || types.isArrayBuffer(body)) {
      this.#body = copyOf(body);
      return this.#body !== null;
    }
    if (body instanceof ReadableStream) {
      if (!isFresh(body)) return false;
      this.#stream = body;
      return true;
    }
    if (body instanceof URLSearchParams) {
      this.#body = body.toString();
      this.#fields = FORM_FIELDS;
      return true;
    }
    if (body instanceof Blob) {
      const { type } = body;
      if (fieldValue(type) !== type) return false;
      this.#body = body;
      if (type !== "") this.#fields = ["content-type", type];
      return true;
    }
    return false;
  }

  /** Reads each member of `init` once. */
  #configure(init: NonNullable<InitArgument>, body: BodyArgument, isKept: boolean): void {
    // Throws: no primitive is a ResponseInit.
    if (typeof init !== "object" && typeof init !== "function") new GenuineResponse(null, init);
    const { headers, status, statusText } = init;
    if (isKept && this.#setStatus(status, statusText)) {
      if (headers !== undefined) this.#setHeaders(headers);
      return;
    }
    const isJson = this.#fields === JSON_FIELDS;
    // The platform adds a content-type of its own to text, none to bytes.
    const given = isJson ? Buffer.from(body as string) : body;
    this.#adopt(new GenuineResponse(given, { headers, status, statusText } as ResponseInit));
    if (isJson && !this.#list().has("content-type")) this.#list().append("content-type", "application/json");
  }

  /** False where the status line needs conversion or is wrong: the platform's constructor decides. */
  #setStatus(status: unknown = 200, statusText: unknown = ""): boolean {
    if (typeof status !== "number" || !Number.isInteger(status) || status < 200 || status > 599) return false;
    if ((this.#body !== null || this.#stream !== null) && (status === 204 || status === 205 || status === 304))
      return false;
    if (typeof statusText !== "string" || !isReason(statusText)) return false;
    this.#status = status;
    this.#statusText = statusText;
    return true;
  }

  #setHeaders(headers: NonNullable<InitArgument>["headers"]): void {
    const implicit = this.#fields;
    const fields = isPlainRecord(headers) ? fieldsOf(headers, implicit) : null;
    if (fields !== null) {
      this.#fields = fields;
      return;
    }
    const list = new GenuineHeaders(headers);
    if (implicit.length > 0 && !list.has("content-type")) list.append("content-type", implicit[1] as string);
    this.#headers = list;
  }

  #adopt(genuine: Response): void {
    this.#genuine = genuine;
    this.#headers = genuine.headers;
    this.#status = genuine.status;
    this.#statusText = genuine.statusText;
  }

  #list(): Headers {
    return (this.#headers ??= this.#genuine === null ? headersOf(this.#fields) : this.#genuine.headers);
  }

  /** The platform's object for this one: made once, with the header list as it is at each call. */
  #current(): Response {
    // Not kept: a lock can be released.
    if (this.#stream !== null && !isFresh(this.#stream)) return spentResponse(this.#stream, this.#init());
    this.#genuine ??= this.#build();
    const genuine = this.#genuine;
    if (this.#headers !== null && this.#headers !== genuine.headers) mirror(this.#headers, genuine.headers);
    return genuine;
  }

  #init(): ResponseInit {
    return { status: this.#status, statusText: this.#statusText, headers: this.#list() };
  }

  #build(): Response {
    const init = { status: this.#status, statusText: this.#statusText };
    const fields = this.#headers === null ? { headers: headersOf(this.#fields) } : null;
    const body = (this.#stream ?? this.#body) as BodyArgument;
    this.#stream = null;
    const genuine = new GenuineResponse(body, { ...init, ...fields });
    if (this.#taken) cancelQuietly(genuine.body);
    return genuine;
  }

  #take(): KnownBody | ReadableStream<unknown> | null | undefined {
    if (this.#taken) return undefined;
    if (this.#stream !== null) return isFresh(this.#stream) ? this.#stream : undefined;
    if (this.#genuine === null) {
      this.#taken = this.#body !== null;
      return this.#body;
    }
    const stream = this.#genuine.body;
    if (stream === null) return null;
    if (stream.locked || this.#genuine.bodyUsed) return undefined;
    if (this.#body === null) return stream;
    this.#taken = true;
    cancelQuietly(stream);
    return this.#body;
  }
}

export type { Light };

/**
 * The light `Response`, to be installed as the global one while serving.
 *
 * Known differences from the platform's class, all of them about reflection: `Object.keys` and `structuredClone` see another
 * object; a symbol used as a header name in a plain object is ignored instead of refused; a method added to
 * `Response.prototype` is not seen by the Responses that `fetch` gives; and where the platform keeps its state in private
 * fields (Node 24 and later) the saved platform class's methods cannot be applied to a light object.
 */
export const LightResponse: typeof Response = Light as unknown as typeof Response;

/** A getter or method of ours met an object that is not ours: a genuine Response, or a mistake the platform reports. */
function borrowed<K extends keyof Response>(key: K, receiver: unknown): Response[K] {
  return Reflect.get(GenuineResponse.prototype, key, receiver) as Response[K];
}

/**
 * Gives the class what the platform's has and it has not: name, attributes, statics, consuming methods (those a later
 * Node adds included), and the symbols under which undici keeps its state, so that undici takes a light object for its own.
 */
function completeClass(light: typeof Light, receiver: (value: object) => object): void {
  const own = light.prototype;
  Object.setPrototypeOf(own, GenuineResponse.prototype);
  Object.defineProperty(light, "name", { value: "Response", configurable: true });
  Object.defineProperty(light, "length", { value: GenuineResponse.length, configurable: true });
  Object.defineProperty(light, "json", { enumerable: true });
  Object.defineProperty(Reflect.get(light, "json"), "length", { value: 1, configurable: true });
  for (const key of Reflect.ownKeys(GenuineResponse)) {
    const found = Object.getOwnPropertyDescriptor(GenuineResponse, key);
    if (found !== undefined && !Object.hasOwn(light, key)) Object.defineProperty(light, key, found);
  }
  for (const key of Object.getOwnPropertyNames(GenuineResponse.prototype)) {
    if (!Object.hasOwn(own, key)) forward(own, key, receiver);
    else if (key !== "constructor") Object.defineProperty(own, key, { enumerable: true });
  }
  for (const symbol of Object.getOwnPropertySymbols(new GenuineResponse())) {
    const get = function (this: object): unknown {
      if (!access.isLight(this)) return undefined;
      // Whoever holds the inner state can change the header list, so from here on there is only one.
      const headers = access.headers(this);
      const genuine = receiver(this);
      const value: unknown = Reflect.get(genuine, symbol);
      return value === Reflect.get(genuine, "headers") ? headers : value;
    };
    Object.defineProperty(own, symbol, { get, configurable: true });
  }
}

function forward(own: object, key: string, receiver: (value: object) => object): void {
  const found = Object.getOwnPropertyDescriptor(GenuineResponse.prototype, key);
  if (found === undefined) return;
  const call = (method: Function, self: unknown, args: unknown[]): unknown =>
    Reflect.apply(method, self instanceof Object ? receiver(self) : self, args);
  const { value, get: getter } = found as { value?: unknown; get?: Function };
  if (typeof value === "function") {
    const forwarder = {
      [key](this: unknown, ...args: unknown[]): unknown {
        return call(value, this, args);
      },
    };
    Object.defineProperty(own, key, { ...found, value: forwarder[key] });
  } else if (getter !== undefined) {
    const get = function (this: unknown): unknown {
      return call(getter, this, []);
    };
    Object.defineProperty(own, key, { ...found, get });
  }
}

/** Neither locked nor read from: what a Response takes for its body. */
function isFresh(stream: ReadableStream<unknown>): boolean {
  return !stream.locked && !Readable.isDisturbed(stream as never);
}

/** A genuine Response whose body is as unusable as `stream`, which the platform's constructor would refuse. */
function spentResponse(stream: ReadableStream<unknown>, init: ResponseInit): Response {
  const standIn = new ReadableStream();
  const genuine = new GenuineResponse(standIn, init);
  const reader = standIn.getReader();
  if (Readable.isDisturbed(stream as never)) reader.cancel().then(undefined, () => undefined);
  if (!stream.locked) reader.releaseLock();
  return genuine;
}

/** A copy of the bytes, or `null` for memory only the platform's constructor may judge: shared, resizable, detached. */
function copyOf(source: ArrayBufferView | ArrayBuffer): Uint8Array | null {
  const isView = ArrayBuffer.isView(source);
  const buffer: ArrayBufferLike & { resizable?: boolean } = isView ? source.buffer : source;
  if (!types.isArrayBuffer(buffer) || buffer.resizable === true || source.byteLength === 0) return null;
  if (types.isUint8Array(source)) return Buffer.from(source);
  return Buffer.from(new Uint8Array(buffer, isView ? source.byteOffset : 0, source.byteLength));
}

function cancelQuietly(stream: ReadableStream | null): void {
  stream?.cancel().then(undefined, () => undefined);
}
