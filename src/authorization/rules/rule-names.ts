import { type ConstDirectiveNode, type ConstValueNode, Kind, print } from 'graphql';
import { ownText } from '../../values/own-text.js';

/** Names read from a directive, or what is wrong with them. */
export type ReadNames = { readonly anyOf: readonly (readonly string[])[] } | { readonly problem: string };

/**
 * Characters of a scope (RFC 6749 s.3.3: `scope-token`); app roles and permissions are held to the same. It is checked
 * at the start because a name may end up in a `WWW-Authenticate` header, where a quote or a line break would inject.
 */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Authentication contexts of Entra Conditional Access are numbered `c1` to `c99`. */
const AUTH_CONTEXT = /^c[1-9]\d?$/;

/**
 * An App ID URI or client id before the name of a scope, as the portal shows it and as clients ask for it. It has a scheme
 * or `spn:`, or is a GUID or a domain.
 */
const RESOURCE_PREFIX =
  /^(?:[a-z][a-z\d+.-]*:\/\/|(?:urn|spn):|\{?[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\}?\/|[a-z\d-]+\.[a-z\d.-]*\/|\/)/i;

/**
 * Reads an argument of type `[[String!]!]!`: OR of ANDs. GraphQL's list coercion applies (`"a"` is `[["a"]]`).
 * An empty list could be read as "nothing is needed" or as "nothing will do": it is a problem, as are blanks and duplicates.
 * So is a flat list of several names, which is OR by that coercion and looks like AND.
 */
export function readAlternatives(directive: ConstDirectiveNode, argumentName: string): ReadNames {
  const value = argumentOf(directive, argumentName);
  if (value === undefined) return { problem: `the argument "${argumentName}" is missing` };
  const anyOf = itemsOf(value).map((inner) => itemsOf(inner).map(textOf));
  const problem = findProblem(anyOf) ?? findFlatList(value, argumentName);
  if (problem === undefined && argumentName !== 'policies') {
    const names = anyOf.flat().filter(isDefined);
    const unclear = findNeverMatching(names, argumentName) ?? findSignInScope(names, argumentName);
    if (unclear !== undefined) return { problem: unclear };
  }
  // V8 takes five times as long to compare a slice of the schema's text with the names of each token.
  return problem === undefined ? { anyOf: anyOf.map((all) => all.filter(isDefined).map(ownText)) } : { problem };
}

/** Reads the `id` of `@requiresAuthContext`, `c1` to `c99`. */
export function readAuthContext(directive: ConstDirectiveNode): ReadNames {
  const value = argumentOf(directive, 'id');
  const id = value && textOf(value);
  if (id === undefined || !AUTH_CONTEXT.test(id)) return { problem: 'the argument "id" must be "c1" to "c99"' };
  return { anyOf: [[id]] };
}

/** Returns text that is equal for two uses of a directive which ask for the same, however their lists are written. */
export function meaningOf({ arguments: given = [] }: ConstDirectiveNode): string {
  const spelled = given.map(({ name, value }) => {
    const alternatives = itemsOf(value).map((inner) => JSON.stringify(itemsOf(inner).map(spellValue).sort()));
    return [name.value, ...alternatives.sort()];
  });
  return JSON.stringify(spelled.sort());
}

function spellValue(value: ConstValueNode): string {
  return textOf(value) ?? print(value);
}

/** Returns whether a directive names several alternatives. */
export function hasAlternatives({ arguments: given = [] }: ConstDirectiveNode): boolean {
  return given.some(({ value }) => itemsOf(value).length > 1);
}

function findProblem(anyOf: readonly (readonly (string | undefined)[])[]): string | undefined {
  if (anyOf.length === 0 || anyOf.some((all) => all.length === 0)) return 'has an empty list';
  const names = anyOf.flat();
  if (!names.every(isDefined)) return 'has an entry that is not a string';
  if (names.some((name) => name.trim() === '')) return 'has a blank entry';
  const unfit = names.find((name) => !SCOPE_TOKEN.test(name));
  if (unfit !== undefined)
    return `has an entry with a space, a quote or another unfit character: ${JSON.stringify(unfit)}`;
  if (anyOf.some((all) => new Set(all).size < all.length)) return 'has an entry twice';
  if (new Set(anyOf.map((all) => [...all].sort().join(' '))).size < anyOf.length) return 'has an alternative twice';
  return undefined;
}

/**
 * Describes a name that no token has. It is written with the API in front, as in other places, or is several in one text.
 */
function findNeverMatching(names: readonly string[], argumentName: string): string | undefined {
  const joined = names.find((name) => name.includes(','));
  if (joined !== undefined) {
    const parts = joined.split(',').filter((part) => part !== '');
    const either = spell(parts.map((part) => [part]));
    const never = `never matches ${JSON.stringify(joined)}, which is several names in one text`;
    return `${never}: write ${argumentName}: ${either} for one of them, or ${argumentName}: ${spell([parts])} for all of them`;
  }
  const full = names.find((name) => RESOURCE_PREFIX.test(name) || name.startsWith('.'));
  if (full === undefined) return undefined;
  const name = full.slice(Math.max(full.lastIndexOf('/'), full.lastIndexOf(':')) + 1);
  const advice = name.startsWith('.') || name === '' ? 'name the permission itself' : `write ${JSON.stringify(name)}`;
  return `never matches ${JSON.stringify(full)}: tokens have the name without the App ID URI, so ${advice}`;
}

/** Scopes that ask for the sign-in itself (OpenID Connect). An API can expose `email` or `profile`, but neither of these. */
const SIGN_IN_SCOPES = ['openid', 'offline_access'];

function findSignInScope(names: readonly string[], argumentName: string): string | undefined {
  const found = argumentName === 'scopes' ? names.find((name) => SIGN_IN_SCOPES.includes(name)) : undefined;
  if (found === undefined) return undefined;
  const advice = 'write a scope that this API exposes, or @authenticated for every signed-in caller';
  return `never matches "${found}", which asks for a sign-in and is not in access tokens for an API: ${advice}`;
}

/** Shows the two nested lists that a flat list of several names may mean. */
function findFlatList(value: ConstValueNode, argumentName: string): string | undefined {
  const entries = itemsOf(value);
  if (entries.length < 2 || entries.every(({ kind }) => kind === Kind.LIST)) return undefined;
  const all = entries.map((entry) => itemsOf(entry).map(textOf));
  const either = `${argumentName}: ${spell(all)}`;
  const both = `${argumentName}: ${spell([[...new Set(all.flat())]])}`;
  return `has a flat list of several names: write ${either} for one of them, or ${both} for all of them`;
}

function spell(anyOf: readonly (readonly (string | undefined)[])[]): string {
  const lists = anyOf.map((all) => `[${all.map((name) => JSON.stringify(name)).join(', ')}]`);
  return `[${lists.join(', ')}]`;
}

function argumentOf(directive: ConstDirectiveNode, name: string): ConstValueNode | undefined {
  return directive.arguments?.find((candidate) => candidate.name.value === name)?.value;
}

function itemsOf(value: ConstValueNode): readonly ConstValueNode[] {
  return value.kind === Kind.LIST ? value.values : [value];
}

function textOf(value: ConstValueNode): string | undefined {
  return value.kind === Kind.STRING ? value.value : undefined;
}

function isDefined(value: string | undefined): value is string {
  return value !== undefined;
}
