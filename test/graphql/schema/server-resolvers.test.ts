import { makeExecutableSchema } from '@graphql-tools/schema';
import { graphql } from 'graphql';
import { expect, it } from 'vitest';
import type { Caller } from '../../../src/authentication/caller.js';
import { createDescribeLimit } from '../../../src/config/limit-error.js';
import { defaultLimits } from '../../../src/config/limits.js';
import { readSchemaFiles } from '../../../src/graphql/schema/schema-files.js';
import { createServerResolvers } from '../../../src/graphql/schema/server-resolvers.js';
import { applicationCaller, userCaller } from '../../support/callers.js';

const ACCESS = (['ALLOWED', 'DEPENDS', 'DENIED', 'UNKNOWN'] as const).map((decision) => ({
  coordinate: `Query.${decision}`,
  decision,
  missing: undefined,
}));

const schemaThat = (showsDenied: boolean) =>
  makeExecutableSchema({
    typeDefs: readSchemaFiles(new URL('../../../schema/expenses/', import.meta.url)),
    resolvers: createServerResolvers({
      name: 'test',
      version: '1',
      authorization: () => ({ explain: () => ACCESS, may: () => false }),
      showsDenied,
      limits: defaultLimits,
      describeLimit: createDescribeLimit(defaultLimits, true),
    }),
  });
const schema = schemaThat(true);

async function signInOf(caller: Caller) {
  const contextValue = { caller };
  const { data, errors } = await graphql({
    schema,
    contextValue,
    source: '{ me { signIn { time methods strength } } }',
  });
  expect(errors).toBeUndefined();
  return JSON.parse(JSON.stringify(data)).me.signIn;
}

it.each([
  [
    'all claims',
    { auth_time: 1_700_000_000, amr: ['pwd', 'mfa'], acr: '1' },
    { time: '2023-11-14T22:13:20.000Z', methods: ['pwd', 'mfa'], strength: '1' },
  ],
  ['no such claim', {}, { time: null, methods: [], strength: null }],
  ['a time beyond all dates', { auth_time: 1e300 }, { time: null, methods: [], strength: null }],
])('me shows the sign-in of a user whose token has %s', async (_name, claims, expected) => {
  expect(await signInOf(userCaller({ objectId: 'erin', claims }))).toEqual(expected);
});

it('me shows no sign-in of an application', async () => {
  expect(await signInOf(applicationCaller({ objectId: 'job', claims: { auth_time: 1_700_000_000 } }))).toBeNull();
});

it.each([
  ['names denied fields where the whole schema may be seen', true, ['ALLOWED', 'DEPENDS', 'DENIED', 'UNKNOWN']],
  ['leaves denied fields out where it may not', false, ['ALLOWED', 'DEPENDS', 'UNKNOWN']],
])('me.access %s', async (_what, showsDenied, expected) => {
  const contextValue = { caller: userCaller({ objectId: 'erin' }) };
  const source = '{ me { access { coordinate decision } } }';
  const { data } = await graphql({ schema: schemaThat(showsDenied), contextValue, source });
  expect(JSON.parse(JSON.stringify(data)).me.access).toEqual(
    expected.map((decision) => ({ coordinate: `Query.${decision}`, decision })),
  );
});
