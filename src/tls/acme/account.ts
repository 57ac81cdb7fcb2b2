// Who are we to an authority? One account for each authority and address, kept in the store and shared by a fleet.

import { newKey } from "../key.ts";
import { loadJson, lock, segment, type Store, storeJson } from "../store.ts";
import { type AcmeClient, type ClientParts, openClient } from "./client.ts";
import type { Directory } from "./directory.ts";
import { settingsFailure } from "./problem.ts";

/** What decides about the account. */
export interface AccountSettings {
  readonly authorityId: string;
  readonly label: string;
  readonly directoryUrl: string;
  readonly rootPem: string | null;
  readonly email: string | null;
  readonly agreeToTerms: boolean;
  readonly eab: ClientParts["eab"];
  /** An account was made, which agreed to these terms. */
  readonly onAccount?: ((termsUrl: string | null) => void) | undefined;
}

interface StoredAccount {
  readonly keyPem: string;
  readonly url: string;
}

/**
 * A client that speaks for the account, which is created if it does not exist.
 *
 * @throws ServerError `ERR_CERTIFICATE` naming the setting that is missing: terms not agreed to, or no external account
 */
export async function openAccount(
  settings: AccountSettings,
  directory: Directory,
  store: Store,
  signal: AbortSignal,
): Promise<AcmeClient> {
  const key = accountKey(settings);
  const stored = await loadAccount(store, key);
  if (stored !== null) return await clientOf(settings, stored.keyPem, stored.url);
  const held = await lock(store, `account-${settings.authorityId}`, signal);
  try {
    const meanwhile = await loadAccount(store, key);
    if (meanwhile !== null) return await clientOf(settings, meanwhile.keyPem, meanwhile.url);
    const keyPem = await newKey();
    await createAccount(settings, directory, store, keyPem);
    const created = await loadAccount(store, key);
    return await clientOf(settings, keyPem, created?.url ?? null);
  } finally {
    await held.release();
  }
}

async function createAccount(
  settings: AccountSettings,
  directory: Directory,
  store: Store,
  keyPem: string,
): Promise<void> {
  const { label, eab } = settings;
  if (!settings.agreeToTerms) {
    const terms = directory.termsUrl === null ? "" : `: ${directory.termsUrl}`;
    throw settingsFailure(`${label} gives certificates only to who agrees to its terms${terms}. Set agreeToTerms.`);
  }
  if (directory.needsExternalAccount && eab === null) {
    throw settingsFailure(
      `${label} asks for an external account. Set --eab-kid and --eab-hmac-key with what it gave you.`,
    );
  }
  const client = await openClient({
    directoryUrl: settings.directoryUrl,
    rootPem: settings.rootPem,
    accountKeyPem: keyPem,
    accountUrl: null,
    // An authority that asks for no binding may refuse one.
    eab: directory.needsExternalAccount ? eab : null,
  });
  const url = await client.account(settings.email);
  await storeJson(store, accountKey(settings), { keyPem, url } satisfies StoredAccount);
  settings.onAccount?.(directory.termsUrl);
}

/** Forgets the account, because the authority no longer knows it (ops B3). */
export async function forgetAccount(settings: AccountSettings, store: Store): Promise<void> {
  await store.delete(accountKey(settings));
}

function accountKey({ authorityId, email }: AccountSettings): string {
  return `acme/${authorityId}/users/${email === null ? "default" : segment(email)}.json`;
}

async function loadAccount(store: Store, key: string): Promise<StoredAccount | null> {
  const found = await loadJson<StoredAccount>(store, key);
  if (typeof found?.keyPem !== "string" || typeof found.url !== "string") return null;
  return { keyPem: found.keyPem, url: found.url };
}

async function clientOf(settings: AccountSettings, keyPem: string, url: string | null): Promise<AcmeClient> {
  const { directoryUrl, rootPem } = settings;
  return await openClient({ directoryUrl, rootPem, accountKeyPem: keyPem, accountUrl: url, eab: null });
}
