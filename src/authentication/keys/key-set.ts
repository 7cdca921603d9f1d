import jwksRsa from 'jwks-rsa';
import { isJsonObject } from '../../values/is-object.js';
import { DocumentError, type FetchJsonObject } from '../fetch/bounded-fetch.js';
import type { JsonObject } from '../json-object.js';
import { AUTHENTICATION_LIMITS } from '../limits.js';
import type { Metadata } from './metadata.js';
import { KEY_ID, parseSigningKey, type SigningKey, UnusableKeyError } from './signing-key.js';

const MAX_KEYS = AUTHENTICATION_LIMITS.signingKeys.default;

/** Maximum of unused keys whose reason is logged, so that a misbehaving provider cannot fill the log. */
export const MAX_UNUSABLE_TOLD = AUTHENTICATION_LIMITS.toldKeys.default;

/** An entry of a key set that is not used. */
export interface UnusableKey {
  readonly kid: string;
  readonly reason: string;
  /** Entra publishes keys of other clouds in the same set. That is not a fault, so they are not logged. */
  readonly isExpected?: boolean;
}

/** The usable keys of one key set, and what was wrong with the others. */
export interface KeySet {
  readonly keys: readonly SigningKey[];
  /** The `kid` in the key set. An invalid kid is replaced by a description in parentheses, which never equals a valid kid. */
  readonly unusable: readonly UnusableKey[];
}

/**
 * Reads the key set that the metadata points to. jwks-rsa fetches and parses it. Its own cache and rate limit stay off,
 * because unknown key ids could use up the limit and block good ones.
 *
 * @throws DocumentError if the document is not a key set with at least one usable key. It names the fault of each key
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
  if (set.keys.length === 0) throw new DocumentError(jwksUri, `no usable key (${describeUnusable(set.unusable)})`);
  return set;
}

function keysAt(fetchJsonObject: FetchJsonObject): (address: string) => Promise<{ keys: unknown }> {
  return async (address) => {
    const { keys } = await fetchJsonObject(address);
    return { keys };
  };
}

/**
 * Sorts entries into usable and unusable ones. If two entries share one kid and issuer neither is used, because nothing says
 * which one is meant.
 */
function sortEntries(entries: readonly unknown[], cloudInstanceName: string | undefined): KeySet {
  const keys: SigningKey[] = [];
  const unusable: UnusableKey[] = [];
  for (const entry of entries) {
    const jwk = isJsonObject(entry) ? entry : {};
    const same = entries.filter((other) => isJsonObject(other) && other.kid === jwk.kid && other.issuer === jwk.issuer);
    const isUnique = same.length <= 1;
    const key = isUnique ? tryParse(jwk, cloudInstanceName) : { kid: kidOf(jwk), reason: 'kid is not unique' };
    if ('reason' in key) unusable.push(key);
    else keys.push(key);
  }
  return { keys, unusable };
}

function tryParse(jwk: JsonObject, cloudInstanceName: string | undefined): SigningKey | UnusableKey {
  try {
    return parseSigningKey(jwk, cloudInstanceName);
  } catch (error) {
    if (error instanceof UnusableKeyError) {
      return { kid: kidOf(jwk), reason: error.message, ...(error.isExpected && { isExpected: true }) };
    }
    throw error;
  }
}

/** Returns the entries that should be usable and are not. */
export function alarmingIn({ unusable }: KeySet): readonly UnusableKey[] {
  return unusable.filter(({ isExpected }) => !isExpected);
}

/** Describes the problems of at most ten keys that are not used. */
export function describeUnusable(unusable: readonly UnusableKey[]): string {
  const reasons = unusable.slice(0, MAX_UNUSABLE_TOLD).map(({ kid, reason }) => `kid ${kid}: ${reason}`);
  if (unusable.length > reasons.length) reasons.push(`and ${unusable.length - reasons.length} more`);
  return reasons.join('; ');
}

/** Never truncates: a truncated kid could equal another kid and cause that key to be dropped. */
function kidOf({ kid }: JsonObject): string {
  if (typeof kid !== 'string') return '(none)';
  return KEY_ID.test(kid) ? kid : '(malformed)';
}
