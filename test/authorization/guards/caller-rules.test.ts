import { createRequire } from 'node:module';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { execute, parse } from 'graphql';
import type * as GraphQLMiddleware from 'graphql-middleware';
import type * as GraphQLShield from 'graphql-shield';
import { describe, expect, it } from 'vitest';
import {
  hasAuthContext,
  hasRoles,
  hasScopes,
  isApplicationWith,
  isAuthenticated,
  isNotAgent,
  isUser,
  shieldOptions,
} from '../../../src/authorization/exports.js';
import { application, asAgent, toOutcomes, user } from '../harness.js';

const require = createRequire(import.meta.url);
const { and, or, shield }: typeof GraphQLShield = require('graphql-shield');
const { applyMiddleware }: typeof GraphQLMiddleware = require('graphql-middleware');

type Rule = Parameters<typeof and>[number];

/** Asks for a field under a tree written by hand. */
async function ask(rule: Rule | undefined, contextValue: unknown) {
  const typeDefs = 'type Query { field: Int other: Int }';
  const bare = makeExecutableSchema({ typeDefs, resolvers: { Query: { field: () => 1 } } });
  const schema = applyMiddleware(bare, shield({ Query: rule ? { field: rule } : {} }, shieldOptions));
  return await execute({ schema, document: parse('{ field }'), contextValue });
}

/** `granted` or the code of the denial. */
async function outcome(rule: Rule | undefined, caller: unknown) {
  const result = await ask(rule, { caller });
  const [error] = toOutcomes(result).errors;
  return error ? error.code : Object(result.data).field === 1 && 'granted';
}

const reads = user({ scopes: ['Read'] });
const both = user({ scopes: ['Read'], roles: ['Auditor'] });
const steppedUp = user({ authContexts: ['c1'] });
const job = application('Read.All');

describe('a rule of the kit, in a tree of graphql-shield', () => {
  it.each([
    ['a scope', hasScopes([['Write'], ['Read']]), reads, user({ scopes: ['Other'] }), 'FORBIDDEN'],
    ['a scope for users', hasScopes([['Read']]), reads, application('Read'), 'FORBIDDEN'],
    ['two scopes', hasScopes([['Read', 'Write']]), user({ scopes: ['Read', 'Write'] }), reads, 'FORBIDDEN'],
    ['a role', hasRoles([['Auditor']]), both, reads, 'FORBIDDEN'],
    ['an application permission', isApplicationWith([['Read.All']]), job, application('Other'), 'FORBIDDEN'],
    [
      'an application permission for applications',
      isApplicationWith([['Read']]),
      application('Read'),
      both,
      'FORBIDDEN',
    ],
    ['an authentication context', hasAuthContext('c1'), steppedUp, both, 'INSUFFICIENT_CLAIMS'],
    ['an authentication context of users', hasAuthContext('c1'), steppedUp, job, 'FORBIDDEN'],
    ['no agent', isNotAgent, reads, asAgent(reads), 'FORBIDDEN'],
    ['no agent that acts for itself', isNotAgent, job, asAgent(job), 'FORBIDDEN'],
    ['no agent, and a token', isNotAgent, job, undefined, 'UNAUTHENTICATED'],
    ['no agent, with a scope', and(isNotAgent, hasScopes([['Read']])), reads, asAgent(reads), 'FORBIDDEN'],
    ['any caller', isAuthenticated, job, undefined, 'UNAUTHENTICATED'],
    ['any user', isUser, reads, job, 'FORBIDDEN'],
    ['and', and(hasScopes([['Read']]), hasRoles([['Auditor']])), both, reads, 'FORBIDDEN'],
    ['or', or(hasRoles([['Auditor']]), isApplicationWith([['Read.All']])), job, reads, 'FORBIDDEN'],
  ])('grants and denies: %s', async (_name, rule, granted, denied, code) => {
    expect(await outcome(rule, granted)).toBe('granted');
    expect(await outcome(rule, denied)).toBe(code);
    expect(await outcome(rule, undefined)).toBe('UNAUTHENTICATED');
  });

  it('may be made twice in one tree', () => {
    const twice = { field: hasScopes([['Read']]), other: hasScopes([['Read']]) };
    expect(() => shield({ Query: twice }, shieldOptions)).not.toThrow();
    const other = { field: hasScopes([['a or b']]), other: hasScopes([['a'], ['b']]) };
    expect(() => shield({ Query: other }, shieldOptions)).toThrow('multiple definitions');
  });

  it('says what the caller lacks, and not what callers of another kind need', async () => {
    const rule = or(hasScopes([['Read'], ['Write']]), isApplicationWith([['Read.All']]));
    const messages = [user(), application()].map(async (caller) => (await ask(rule, { caller })).errors?.[0]?.message);
    expect(await Promise.all(messages)).toEqual([
      'You may not use Query.field. It needs scope Read or Write.',
      'You may not use Query.field. It needs application permission Read.All.',
    ]);
  });

  it('says how to step up', async () => {
    const { errors } = await ask(hasAuthContext('c1'), { caller: both });
    expect(errors?.[0]?.extensions).toMatchObject({ acr_values: 'c1' });
  });

  it.each([{}, undefined])('denies with %j for a context, and says what is missing in it', async (context) => {
    const { data, errors } = await ask(isAuthenticated, context);
    expect(data).toEqual({ field: null });
    expect(errors?.[0]?.message).toContain('The context has no "caller"');
  });

  it.each([[], [[]], [['']], 'Read', ['Read'], [['Read'], []], undefined])('cannot be made of %j', (names) => {
    expect(() => hasScopes(names as never)).toThrow(TypeError);
  });
});

describe('shieldOptions', () => {
  it('deny a field without a rule', async () => {
    expect(await outcome(undefined, both)).toBe('FORBIDDEN');
    expect(await outcome(undefined, undefined)).toBe('UNAUTHENTICATED');
  });
});
