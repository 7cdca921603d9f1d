import type { Verification } from './verify-access-token.js';

/** Bytes that V8 takes on 64 bits (a test holds the estimate within a quarter). */
const BYTES = {
  /** The entry of the cache, its digest, and what every verification consists of. */
  verification: 650,
  /** A text without its characters. */
  text: 24,
} as const;

/** Estimates the bytes that a remembered verification takes. Keys and settings are shared by all of them. */
export function verificationSize({ verified, claims, tenant }: Verification): number {
  const { caller, tokenId = '' } = verified;
  const sets = caller.kind === 'app-only' ? [caller.permissions] : [caller.scopes, caller.roles, caller.authContexts];
  const texts = [claims.audience, tenant.issuer, tokenId];
  return BYTES.verification + sum(texts.map(textSize)) + sum(sets.map(setSize));
}

/** V8's table of a set has room for a power of two, with two words for each place and half a word for its bucket. */
function setSize(names: ReadonlySet<string>): number {
  let room = 4;
  while (room < names.size) room *= 2;
  return 72 + room * 20 + sum([...names].map(textSize));
}

/** Beyond Latin-1. */
const TWO_BYTES = /[\u0100-\uffff]/;

/** A character takes one byte, and two where one of the text is beyond Latin-1. */
function textSize(text: string): number {
  return BYTES.text + (TWO_BYTES.test(text) ? 2 : 1) * text.length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
