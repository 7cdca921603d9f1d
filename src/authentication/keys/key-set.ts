import jwksRsa from 'jwks-rsa';
import { DocumentError, type FetchJsonObject } from '../fetch/bounded-fetch.js';
import { isJsonObject, type JsonObject } from '../json-object.js';
import type { Metadata } from './metadata.js';
import { KEY_ID, parseSigningKey, type SigningKey, UnusableKeyError } from './signing-key.js';

/** Entra publishes fewer than 20. */
const MAX_KEYS = 200;

/** Of so many keys that are not used the log says why: what a provider gone wrong publishes must not fill it. */
export const MAX_UNUSABLE_TOLD = 10;

/** The usable keys of one key set, and what was wrong with the others. */
export interface KeySet {
  readonly keys: readonly SigningKey[];
  /** `kid` as it stands there, or words in parentheses, which are no kid, when it is none that a key could have. */
  readonly unusable: readonly { readonly kid: string; readonly reason: string }[];
}

/**
 * Reads the key set that the metadata points to. jwks-rsa fetches and unwraps it; its own cache and rate limit stay
 * off, because they would let unknown key ids shut out good ones.
 *
 * @throws DocumentError when the document is not a key set with at least one usable key; it says what is wrong with each
 */
export async function readKeySet(
  { jwksUri, cloudInstanceName }: Metadata,
  fetchJsonObject: FetchJsonObject,
): Promise<KeySet> {
  const client = jwksRsa({ jwksUri, fetcher: keysAt(fetchJsonObject), cache: false, rateLimit: false });
  const entries = await client.getKeys();
  if (!Array.isArray(entries)) throw new DocumentError(jwksUri, 'no array of keys');
  if (entries.length > MAX_KEYS) throw new DocumentError(jwksUri, `more than ${MAX_KEYS} keys`);
  const set = sortEntries(entries, cloudInstanceName);
  if (entries.length === 0) throw new DocumentError(jwksUri, 'no usable key');
  if (set.keys.length === 0) throw new DocumentError(jwksUri, `no usable key (${describeUnusable(set)})`);
  return set;
}

function keysAt(fetchJsonObject: FetchJsonObject): (address: string) => Promise<{ keys: unknown }> {
  return async (address) => {
    const { keys } = await fetchJsonObject(address);
    return { keys };
  };
}

/** Of two entries with one kid for the same issuer neither is used: nothing says which one is meant. */
function sortEntries(entries: readonly unknown[], cloudInstanceName: string | undefined): KeySet {
  const keys: SigningKey[] = [];
  const unusable: { kid: string; reason: string }[] = [];
  for (const entry of entries) {
    const jwk = isJsonObject(entry) ? entry : {};
    const same = entries.filter((other) => isJsonObject(other) && other.kid === jwk.kid && other.issuer === jwk.issuer);
    const key = same.length > 1 ? 'kid is not unique' : tryParse(jwk, cloudInstanceName);
    if (typeof key === 'string') unusable.push({ kid: kidOf(jwk), reason: key });
    else keys.push(key);
  }
  return { keys, unusable };
}

function tryParse(jwk: JsonObject, cloudInstanceName: string | undefined): SigningKey | string {
  try {
    return parseSigningKey(jwk, cloudInstanceName);
  } catch (error) {
    if (error instanceof UnusableKeyError) return error.message;
    throw error;
  }
}

/** What is wrong with the keys that are not used, ten at most. */
export function describeUnusable({ unusable }: KeySet): string {
  const reasons = unusable.slice(0, MAX_UNUSABLE_TOLD).map(({ kid, reason }) => `kid ${kid}: ${reason}`);
  if (unusable.length > reasons.length) reasons.push(`and ${unusable.length - reasons.length} more`);
  return reasons.join('; ');
}

/** Whole or not at all: the beginning of one could be another, which would be forgotten for it. */
function kidOf({ kid }: JsonObject): string {
  if (typeof kid !== 'string') return '(none)';
  return KEY_ID.test(kid) ? kid : '(malformed)';
}
