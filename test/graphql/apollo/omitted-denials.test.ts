import { ApolloServer } from '@apollo/server';
import { execute, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createAuthentication } from '../../../src/authentication/authentication.js';
import { createAuthorization, limitErrors } from '../../../src/authorization/exports.js';
import { protectApolloServer } from '../../../src/graphql/apollo/protect-apollo-server.js';
import { schemaOf, user } from '../../authorization/harness.js';

const TENANT = '11111111-1111-4111-8111-111111111111';
const CLIENT = '33333333-3333-4333-8333-333333333333';
const sdl = `
  type Query @authenticated { judged: [Judged] items: [Item] }
  type Judged @policy(policies: [["even"]]) { at: Int }
  type Item { at: Int @public secret: Int @requiresRoles(roles: [["HR"]]) judged: Judged @authenticated even: Int @policy(policies: [["even"]]) }
`;

function create(count: number) {
  const things = Array.from({ length: count }, (_, at) => ({ at, secret: at, even: at, judged: { at } }));
  const schema = schemaOf(sdl, { Query: { judged: () => things, items: () => things } });
  const even = ({ parent }: { parent: unknown }) => Number(Object(parent).at) % 2 === 0;
  return createAuthorization({ schema, policies: { even } });
}

/** Asks an Apollo Server of one's own. */
async function ask(count: number, query: string) {
  const authentication = createAuthentication({ tenantId: TENANT, clientId: CLIENT, logRefusals: false });
  const authorization = create(count);
  const { plugins, validationRules } = protectApolloServer({ authentication, authorization });
  const server = new ApolloServer({ schema: authorization.schema, plugins, validationRules });
  const { body } = await server.executeOperation({ query }, { contextValue: { caller: user() } });
  await server.stop();
  authentication.close();
  if (body.kind !== 'single') throw new Error('the answer is in one part');
  const { errors = [], extensions } = body.singleResult;
  return { errors: errors.length, omitted: Object(extensions?.authorization).omitted };
}

describe('each denial of an answer has an error of its own or is counted', () => {
  it.each([
    ['by the policy of their type', '{ judged { at } }', 1, 19],
    ['by the policy of a field', '{ items { even } }', 1, 19],
    ['by the policy of the type of a field', '{ items { judged { at } } }', 1, 19],
    ['by the token', '{ items { at secret } }', 1, 39],
    ['under two aliases', '{ a: judged { at } b: judged { at } }', 2, 38],
    ['by several rules', '{ items { at secret even judged { at } } }', 3, 77],
  ])('40 objects with some denied %s', async (_name, query, errors, omitted) => {
    expect(await ask(40, query)).toEqual({ errors, omitted });
  });

  it('and a single denial leaves nothing to count', async () => {
    expect(await ask(2, '{ judged { at } }')).toEqual({ errors: 1, omitted: undefined });
  });

  it('in a server of another kind by limitErrors', async () => {
    const { schema } = create(40);
    const result = await execute({ schema, document: parse('{ judged { at } }'), contextValue: { caller: user() } });
    expect(limitErrors(result.errors ?? [])).toMatchObject({ errors: { length: 1 }, omitted: 19 });
  });
});
