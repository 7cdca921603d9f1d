import { parse } from 'graphql';
import { expect, it } from 'vitest';
import type { Caller } from '../../../src/authentication/caller.js';
import { application, authorize, user } from '../harness.js';

const { hangsOnGroups } = authorize(
  `
  type Query {
    open: String @public
    plain(secret: String @requiresRoles(roles: [["r"]])): String @authenticated
    ofGroup: String @requiresRoles(roles: [["r"]])
    ofOther: String @requiresRoles(roles: [["other"]])
    judged: String @authenticated @policy(policies: [["p"]])
    read: String @authenticated
  }
  type Subscription { changed: String @authenticated }
`,
  {},
  { policies: { p: () => true } },
);
const undecided: Caller = { ...user(), undecidedRoles: new Set(['r']) };
const hangs = (query: string, caller: Caller | undefined = undecided, variables = {}) =>
  hangsOnGroups({ document: parse(query), caller, variables }, new Set(['Query.read']));

it.each([
  ['{ open plain }', false],
  ['{ ofGroup }', true],
  ['{ ofOther }', false],
  ['{ judged }', true],
  ['{ read }', true],
  ['{ plain(secret: "x") }', true],
  ['query ($yes: Boolean = false) { open ofGroup @include(if: $yes) }', false],
  ['query ($yes: Boolean = true) { open ofGroup @include(if: $yes) }', true],
  ['subscription { changed }', true],
  ['{ unknown }', true],
  ['fragment F on Query { ofGroup }', false],
])('%s depends on groups: %s', (query, expected) => {
  expect(hangs(query)).toBe(expected);
});

it.each([
  ['an anonymous caller', undefined],
  ['an application', application('p')],
  ['a user with all roles', user()],
])('nothing depends on the groups of %s', (_who, caller) => {
  expect(hangsOnGroups({ document: parse('{ ofGroup judged }'), caller })).toBe(false);
});

it('a root field may read roles only where it is named', () => {
  expect(hangsOnGroups({ document: parse('{ read }'), caller: undecided })).toBe(false);
});
