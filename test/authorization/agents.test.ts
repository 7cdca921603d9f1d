import { describe, expect, it } from 'vitest';
import { createAuthorization } from '../../src/authorization/authorization.js';
import { diffPermissions } from '../../src/authorization/permissions/permission-diff.js';
import { renderDiffAsMarkdown } from '../../src/authorization/permissions/render-permission-diff.js';
import { compileRequirements } from '../../src/authorization/rules/compile-requirements.js';
import { RequirementError } from '../../src/authorization/rules/requirement-error.js';
import { application, asAgent, ask, authorize, denials, schemaOf, user } from './harness.js';

const sdl = `
  scalar Secret @forbidsAgents
  enum Level @forbidsAgents { LOW }
  input Filter { plain: Int closed: Int @forbidsAgents nested: Filter }
  type Closed @forbidsAgents { id: Int }
  interface Node { id: Int }
  type Open implements Node { id: Int }
  type Shut implements Node { id: Int @forbidsAgents }
  type Query {
    open: Int @authenticated
    anyone: Int @public
    field: Int @authenticated @forbidsAgents
    scoped: Int @requiresScopes(scopes: [["read"]]) @forbidsAgents
    stepUp: Int @requiresAuthContext(id: "c1") @forbidsAgents
    apps: Int @requiresScopes(scopes: [["read"]]) @allowsApps(permissions: [["read"]]) @forbidsAgents
    closed: Closed @authenticated
    secret: Secret @authenticated
    level: Level @authenticated
    node: Node @authenticated
    with(argument: Int @forbidsAgents, secret: Secret, filter: Filter): Int @authenticated
    judged: Int @policy(policies: [["yes"]]) @forbidsAgents
  }
  type Mutation @authenticated { first: Int second: Int @forbidsAgents }`;
const resolvers = {
  Query: { closed: () => ({ id: 1 }), node: () => ({ __typename: 'Open', id: 1 }) },
  Node: { __resolveType: ({ __typename }: { __typename: string }) => __typename },
};
const policies = { yes: () => true };
const person = user({ scopes: ['read'], authContexts: ['c1'] });
const job = application('read');

describe.each([true, false])('@forbidsAgents (fast path: %s)', (fastPath) => {
  const api = authorize(sdl, resolvers, { policies, fastPath });

  it.each([
    ['a field', '{ field }', 'Query.field'],
    ['beside a scope', '{ scoped }', 'Query.scoped'],
    ['beside a step-up, which cannot help', '{ stepUp }', 'Query.stepUp'],
    ['beside a policy', '{ judged }', 'Query.judged'],
    ['a type, on the field that returns it', '{ closed { id } }', 'Query.closed'],
    ['a scalar', '{ secret }', 'Query.secret'],
    ['an enum', '{ level }', 'Query.level'],
    ['an argument', '{ with(argument: null) }', 'Query.with(argument:)'],
    ['an argument of its scalar', '{ with(secret: 1) }', 'Query.with(secret:)'],
    ['an input field', '{ with(filter: { nested: { closed: 1 } }) }', 'Filter.closed'],
    ['a selection on an interface, by one of its types', '{ node { id } }', 'Node.id'],
    ['a mutation', 'mutation { first second }', 'Mutation.second'],
  ])('closes to an agent: %s', async (_name, query, coordinate) => {
    const answer = await ask(api, query, { caller: asAgent(person) });
    expect(denials(answer)).toEqual([`FORBIDDEN ${coordinate}`]);
    expect(answer.text).toContain('closed to agents');
    expect((await ask(api, query, { caller: person })).errors).toEqual([]);
  });

  it('closes to an agent that acts for itself or through an account of its own', async () => {
    const account = { ...asAgent(person).agent, actsFor: 'ownAccount' as const };
    for (const caller of [asAgent(job), { ...person, agent: { ...asAgent(person).agent, ...account } }]) {
      expect(denials(await ask(api, '{ apps }', { caller: caller as typeof person }))).toEqual([
        'FORBIDDEN Query.apps',
      ]);
    }
    expect((await ask(api, '{ apps }', { caller: job })).errors).toEqual([]);
  });

  it('leaves everything else to the rights of the user or application', async () => {
    const query = '{ open anyone with(filter: { plain: 1 }) node { ... on Open { id } } }';
    expect((await ask(api, query, { caller: asAgent(person) })).errors).toEqual([]);
    expect(denials(await ask(api, '{ scoped }', { caller: asAgent(user()) }))).toEqual(['FORBIDDEN Query.scoped']);
  });

  it('asks an anonymous caller to sign in', async () => {
    expect(denials(await ask(api, '{ field }'))).toEqual(['UNAUTHENTICATED Query.field']);
  });
});

describe("agents: 'closed'", () => {
  const closed = (text: string) => authorize(text, {}, { agents: 'closed' });
  const types = `type Query { anyone: Int @public plain: Int @authenticated field: Int @authenticated @allowsAgents
      opened: Opened @authenticated @allowsAgents mixed: Mixed @authenticated @allowsAgents }
    type Opened @allowsAgents { id: Int but: Int @forbidsAgents }
    type Mixed { id: Int @allowsAgents name: Int }`;
  const values = {
    Query: { anyone: () => 1, plain: () => 1, field: () => 1, opened: () => ({ id: 1 }), mixed: () => ({ id: 1 }) },
  };

  it.each([true, false])('closes every field that nothing opens (fast path: %s)', async (fastPath) => {
    const api = authorize(types, values, { agents: 'closed', fastPath });
    const query = '{ anyone plain field opened { id but } mixed { id name } }';
    const answer = await ask(api, query, { caller: asAgent(person) });
    expect(denials(answer).toSorted()).toEqual([
      'FORBIDDEN Mixed.name',
      'FORBIDDEN Opened.but',
      'FORBIDDEN Query.plain',
    ]);
    expect(answer.data).toMatchObject({ anyone: 1, field: 1, opened: { id: 1 }, mixed: { id: 1 } });
    expect((await ask(api, query, { caller: person })).errors).toEqual([]);
  });

  it('@allowsAgents on a returned type does not open the field that returns it', async () => {
    const api = closed('type Query { a: A @authenticated } type A @allowsAgents { id: Int }');
    expect(denials(await ask(api, '{ a { id } }', { caller: asAgent(person) }))).toEqual(['FORBIDDEN Query.a']);
  });

  it('@allowsAgents gives no rights', async () => {
    const api = closed('type Query { a: Int @requiresScopes(scopes: [["read"]]) @allowsAgents }');
    expect(denials(await ask(api, '{ a }', { caller: asAgent(user()) }))).toEqual(['FORBIDDEN Query.a']);
    expect((await ask(api, '{ a }', { caller: asAgent(person) })).errors).toEqual([]);
  });

  it('leaves introspection open, which the server decides elsewhere', async () => {
    const answer = await ask(closed(types), '{ __typename __schema { __typename } }', { caller: asAgent(person) });
    expect(answer.errors).toEqual([]);
  });
});

describe('rules about agents that cannot be meant', () => {
  it.each([
    ['type Query { a: Int @public @forbidsAgents }', '@forbidsAgents contradicts @public'],
    ['type Query { a: Int @public @allowsAgents }', '@allowsAgents contradicts @public'],
    ['type Query { a: Int @forbidsAgents @allowsAgents }', '@allowsAgents contradicts @forbidsAgents'],
    ['type Query @forbidsAgents { a: Int @allowsAgents }', '@allowsAgents opens nothing'],
    ['type Query { a: A @allowsAgents } type A @forbidsAgents { b: Int }', '@allowsAgents opens nothing'],
    ['type Query { a: S @allowsAgents } scalar S @forbidsAgents', '@allowsAgents opens nothing'],
    ['type Query { a(b: Int = 1 @forbidsAgents): Int @public }', 'default'],
    ['type Query @forbidsAgents { a: Int @public }', 'contradicts another rule'],
  ])('stop the start: %s', (text, message) => {
    const problems = (agents: 'open' | 'closed') => {
      try {
        createAuthorization({ schema: schemaOf(text), agents });
        return '';
      } catch (error) {
        return error instanceof RequirementError ? error.message : String(error);
      }
    };
    expect(problems('open')).toContain(message);
    expect(problems('closed')).toContain(message);
  });

  it.each(['everyone', true, null])('an option of another value: %j', (agents) => {
    const options = { schema: schemaOf('type Query { a: Int @public }'), agents };
    expect(() => createAuthorization(options as Parameters<typeof createAuthorization>[0])).toThrow(
      "agents must be 'open' or 'closed'",
    );
  });
});

describe('a diff of permissions', () => {
  const diff = (before: string, after: string) => {
    const [had, has] = [before, after].map((rules) =>
      compileRequirements(schemaOf(`type Query { a(b: Int ${rules}): Int @authenticated ${rules} }`)),
    );
    return had && has ? renderDiffAsMarkdown(diffPermissions(had, has)) : '';
  };
  const AGENTS = 'agents, with the rights of their user or application';

  it('says that agents lost and gained a field', () => {
    expect(diff('', '@forbidsAgents')).toContain(`- \`Query.a\` changed; lost by **${AGENTS}**`);
    expect(diff('@forbidsAgents', '')).toContain(`- \`Query.a\` changed; gained by **${AGENTS}**`);
    expect(diff('@forbidsAgents', '@forbidsAgents')).toBe('No permission changes.\n');
  });

  it('says nothing of agents for a new element', () => {
    const [had, has] = ['type Query { a: Int @public }', 'type Query { a: Int @public b: Int @forbidsAgents }'].map(
      (text) => compileRequirements(schemaOf(text)),
    );
    expect(had && has && renderDiffAsMarkdown(diffPermissions(had, has))).not.toContain('agents');
  });

  it('is another one where the setting closes every field', () => {
    const schema = schemaOf('type Query { a: Int @authenticated }');
    const [open, closed] = [
      compileRequirements(schema),
      compileRequirements(schema, [], undefined, { agents: 'closed' }),
    ];
    expect(diffPermissions(open, closed)).toMatchObject([
      { coordinate: 'Query.a', gained: [], lost: [{ kind: 'agent' }] },
    ]);
  });
});
