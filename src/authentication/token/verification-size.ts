import { isJsonObject } from '../../values/is-object.js';
import { textSize } from '../../values/text-size.js';
import type { Verification } from './verify-access-token.js';

/** Bytes that V8 takes on 64 bits (a test holds the estimate within a quarter). */
const BYTES = {
  /** The cache entry with its digest and the fixed parts of every verification. */
  verification: 900,
  /** The members of a user that an application does not have. V8 13 packs the others more tightly than older ones. */
  ofUsers: 240,
  /** An array or object without what it holds. */
  list: 40,
  /** A place in an array or object. Names of claims are the same in all tokens, so they take nothing. */
  place: 8,
} as const;

/** Estimates the bytes that a remembered verification takes. Keys and settings are shared by all of them. */
export function verificationSize({ verified: { caller }, tenant }: Verification): number {
  const tables = caller.kind === 'app-only' ? [caller.permissions] : [caller.scopes, caller.roles, caller.authContexts];
  const groups = caller.kind === 'app-only' ? [] : [caller.groupRoles, caller.undecidedRoles];
  const scopes = caller.kind === 'app-only' ? [] : [...caller.scopes];
  return (
    BYTES.verification -
    (caller.kind === 'app-only' ? BYTES.ofUsers : 0) +
    claimSize(caller.claims) +
    textSize(tenant.issuer) +
    sum(tables.map(tableSize)) +
    sum(groups.map((held) => (held ? tableSize(held) : 0))) +
    sum(scopes.map(textSize))
  );
}

/**
 * Returns the size of V8's table of a set without its texts, which are those of the claims. It has room for a power of two.
 */
function tableSize({ size }: Pick<ReadonlySet<string>, 'size'>): number {
  let room = 4;
  while (room < size) room *= 2;
  // Each place takes two words, and its bucket half a word.
  return 72 + room * 20;
}

function claimSize(value: unknown): number {
  if (typeof value === 'string') return textSize(value);
  const held: readonly unknown[] = Array.isArray(value) ? value : isJsonObject(value) ? Object.values(value) : [];
  return (held.length > 0 ? BYTES.list : 0) + sum(held.map((entry) => BYTES.place + claimSize(entry)));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
