// Values that are encrypted before they leave this process (ops B45): whoever copies the folder or the database has no keys.

import { createCipheriv, createDecipheriv, randomBytes, scrypt } from "node:crypto";
import { ServerError } from "../errors.ts";
import type { Lock, Store } from "./store.ts";

/** A sealed value begins with this; no text does. The number is that of the form. */
const MARK = Buffer.from("\u0000easyserver sealed 1\n");

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

// One for all, because several machines have to come to the same key with nothing but the secret.
const SALT = "easyserver certificate store";
const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };

/**
 * `store` with values sealed by `secret`: AES-256-GCM under a key made by scrypt, bound to the name they are kept under. Names,
 * times and locks stay readable.
 *
 * What was stored in plain before is still read, and is sealed when it is stored again. Without a secret, and with another one, a
 * sealed value rejects with `ERR_STORE`: taken for absent, it would be ordered anew.
 */
export async function sealedStore(store: Store, secret: string | null): Promise<Store> {
  return new SealedStore(store, secret === null ? null : await keyFrom(secret));
}

class SealedStore implements Store {
  readonly label: string;
  readonly #store: Store;
  readonly #key: Buffer | null;

  constructor(store: Store, key: Buffer | null) {
    this.label = store.label;
    this.#store = store;
    this.#key = key;
  }

  async load(key: string): Promise<Uint8Array | null> {
    const value = await this.#store.load(key);
    return value === null || !MARK.equals(value.subarray(0, MARK.length)) ? value : this.#opened(key, value);
  }

  async store(key: string, value: Uint8Array): Promise<void> {
    await this.#store.store(key, this.#key === null ? value : seal(this.#key, key, value));
  }

  delete(key: string): Promise<void> {
    return this.#store.delete(key);
  }

  list(prefix: string): Promise<readonly string[]> {
    return this.#store.list(prefix);
  }

  stat(key: string): Promise<{ readonly modified: number } | null> {
    return this.#store.stat(key);
  }

  tryLock(name: string): Promise<Lock | null> {
    return this.#store.tryLock(name);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #opened(name: string, value: Uint8Array): Uint8Array {
    if (this.#key === null)
      throw this.#failure(name, "is encrypted: set --store-secret or EASYSERVER_STORE_SECRET_FILE");
    try {
      return unseal(this.#key, name, value);
    } catch (error) {
      throw this.#failure(
        name,
        "cannot be decrypted: it was stored with another --store-secret, or changed since",
        error,
      );
    }
  }

  #failure(name: string, what: string, cause?: unknown): ServerError {
    return new ServerError("ERR_STORE", `"${name}" in the certificate store ${this.label} ${what}.`, { cause });
  }
}

function seal(key: Buffer, name: string, value: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(name));
  const sealed = Buffer.concat([cipher.update(value), cipher.final()]);
  return Buffer.concat([MARK, nonce, cipher.getAuthTag(), sealed]);
}

/** @throws Error for another key, another name and changed octets alike */
function unseal(key: Buffer, name: string, value: Uint8Array): Uint8Array {
  const afterNonce = MARK.length + NONCE_BYTES;
  const decipher = createDecipheriv(CIPHER, key, value.subarray(MARK.length, afterNonce), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(name)).setAuthTag(value.subarray(afterNonce, afterNonce + TAG_BYTES));
  return Buffer.concat([decipher.update(value.subarray(afterNonce + TAG_BYTES)), decipher.final()]);
}

function keyFrom(secret: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(secret, SALT, 32, COST, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
