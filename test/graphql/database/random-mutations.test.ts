import { ApolloServer } from '@apollo/server';
import fc from 'fast-check';
import { parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import { type AuthorizationContext, createAuthorization } from '../../../src/authorization/authorization.js';
import { protectApolloServer } from '../../../src/graphql/apollo/protect-apollo-server.js';
import { randomCaller } from '../../authorization/random-rules.js';
import { executable, randomDocument, randomSchema } from '../../authorization/random-schema.js';

function arrange(g: fc.GeneratorValue) {
  const schema = randomSchema(g);
  const calls: string[] = [];
  const bare = executable(schema, () => calls.push('resolver'));
  // The two root types have the same fields.
  const query = randomDocument(g, schema)
    .replace(/^query/, 'mutation')
    .replaceAll('on Query', 'on Mutation');
  const policies = Object.fromEntries(
    Object.entries(schema.policies).map(([name, holds]) => [
      name,
      () => {
        calls.push('policy');
        return holds;
      },
    ]),
  );
  return { bare, query, variables: { no: g(fc.boolean) }, policies, caller: randomCaller(g), calls };
}

// In the title, so that a failure can be brought back.
const seed = Date.now() % 2 ** 31;

it(`a refused random mutation has called no resolver and no policy (seed ${seed})`, async () => {
  const cases = fc
    .sample(fc.gen().map(arrange), { numRuns: 200, seed })
    .filter(({ query, bare }) => validate(bare, parse(query)).length === 0);
  let refused = 0;
  for (const { bare, query, variables, policies, caller, calls } of cases) {
    const authorization = createAuthorization({ schema: bare, policies });
    const authentication = { authenticate: async () => undefined };
    const { plugins } = protectApolloServer({ authentication, authorization });
    const server = new ApolloServer<AuthorizationContext>({ schema: authorization.schema, plugins });
    const { body } = await server.executeOperation({ query, variables }, { contextValue: { caller } });
    if (body.kind !== 'single' || body.singleResult.data !== undefined) continue;
    expect(calls).toEqual([]);
    refused += 1;
  }
  expect(refused).toBeGreaterThan(10);
});
