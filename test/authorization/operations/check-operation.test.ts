import { GraphQLScalarType, parse } from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import type { Caller } from '../../../src/authentication/caller.js';
import { application, authorize, user } from '../harness.js';

const sdl = `
  type Query {
    open: Int @public
    signedIn: Int @authenticated
    a: Int @requiresScopes(scopes: [["read"], ["write"]])
    b: Int @requiresScopes(scopes: [["other"]])
    admin: Int @requiresRoles(roles: [["admin"]])
    stepUp: Int @requiresAuthContext(id: "c1")
    adminStepUp: Int @requiresRoles(roles: [["admin"]]) @requiresAuthContext(id: "c1")
    personal: Int @policy(policies: [["self"]])
    nested: Nested @authenticated
    node: Node @authenticated
    closedBySelf: Int @requiresRoles(roles: [["admin"]]) @policy(policies: [["self"]])
    stepUpBySelf: Int @requiresAuthContext(id: "c1") @policy(policies: [["self"]])
    closed: Nested @requiresRoles(roles: [["admin"]])
    filtered(secret: Int @requiresRoles(roles: [["admin"]]), sensitive: Int @requiresAuthContext(id: "c2")): Int @public
  }
  type Mutation {
    write: Nested @requiresScopes(scopes: [["write"]])
    personal: Nested @policy(policies: [["self"]])
    personalStepUp: Int @policy(policies: [["self"]]) @requiresAuthContext(id: "c1")
  }
  type Subscription {
    changes: Nested @authenticated
    judged: Nested @policy(policies: [["self"]])
  }
  interface Node { x: Int }
  type Nested implements Node {
    x: Int
    hidden: Int @requiresRoles(roles: [["admin"]])
    required: Int! @requiresRoles(roles: [["admin"]])
    stepUp: Int @requiresAuthContext(id: "c1")
  }
  type Closed implements Node { x: Int @requiresRoles(roles: [["admin"]]) }
`;
const api = authorize(sdl, {}, { policies: { self: () => true } });
const check = (query: string, caller?: Caller, variables?: Record<string, unknown>) =>
  api.check({ document: parse(query), caller, variables });
const refusal = (query: string, caller?: Caller, variables?: Record<string, unknown>) => {
  const decision = check(query, caller, variables);
  if (decision.kind !== 'refused') return decision.kind;
  return `${decision.status} ${[...new Set(decision.errors.map(({ extensions }) => extensions.code))]}`;
};
const stepper = (holds = {}) => user({ canStepUp: true, ...holds });

describe('checkOperation, queries', () => {
  it('lets a granted query run unguarded', () => {
    expect(check('{ open signedIn }', user())).toEqual({ kind: 'unguarded' });
  });

  it('guards a query with a policy in it', () => {
    expect(check('{ personal }', user())).toEqual({ kind: 'guarded' });
  });

  it('lets a query whose policy is skipped run unguarded', () => {
    const query = 'query ($v: Boolean!) { open personal @include(if: $v) }';
    expect(check(query, user(), { v: false })).toEqual({ kind: 'unguarded' });
    expect(check(query, user(), { v: true })).toEqual({ kind: 'guarded' });
  });

  it('guards a query that is denied in part', () => {
    expect(check('{ open admin }', user())).toMatchObject({ kind: 'guarded' });
  });

  it('guards a query whose denied fields are nested', () => {
    expect(check('{ nested { hidden } }', user())).toMatchObject({ kind: 'guarded' });
  });

  it.each([
    ['an object and nothing else decides', '{ open nested { hidden } }', ['Nested.hidden']],
    ['the token denies before a policy is asked', '{ open closedBySelf }', ['Query.closedBySelf']],
    ['a policy is asked beside it', '{ personal nested { hidden } }', undefined],
    ['a policy comes before a step-up', '{ open stepUpBySelf }', undefined],
    ['one must not be null', '{ open nested { hidden required } }', undefined],
    ['an interface needs more', '{ open node { x } }', undefined],
    ['the object behind an interface needs more', '{ open node { ... on Nested { hidden } } }', ['Nested.hidden']],
  ])('names the denied fields, or none, where %s', (_where, query, denied) => {
    const decision = check(query, user());
    if (decision.kind !== 'guarded') throw new Error(decision.kind);
    const { deniedFields } = decision;
    expect(deniedFields && [...deniedFields.keys()]).toEqual(denied);
  });

  it('names none where the roles of the caller are not all known', () => {
    const caller = { ...user(), undecidedRoles: new Set(['admin']) };
    expect(check('{ open admin }', caller)).toEqual({ kind: 'guarded' });
  });

  it('refuses a query whose root fields are all denied', () => {
    expect(refusal('{ a admin }', user())).toBe('403 FORBIDDEN');
  });

  it('does not count what is nested in them, though it is granted', () => {
    expect(refusal('{ closed { x } }', user())).toBe('403 FORBIDDEN');
  });

  it('does not count __typename', () => {
    expect(refusal('{ __typename admin }', user())).toBe('403 FORBIDDEN');
    expect(refusal('{ __typename }')).toBe('unguarded');
  });

  it('counts introspection, which is not denied here', () => {
    expect(refusal('{ admin __schema { queryType { name } } }', user())).toBe('guarded');
    expect(refusal('{ __type(name: "Query") { name } }')).toBe('unguarded');
  });

  it('does not count root fields that are skipped', () => {
    const query = 'query ($v: Boolean!) { admin open @include(if: $v) }';
    expect(refusal(query, user(), { v: false })).toBe('403 FORBIDDEN');
    expect(refusal(query, user(), { v: true })).toBe('guarded');
  });

  it('does not refuse a query whose denied root fields are all skipped', () => {
    expect(refusal('{ admin @skip(if: true) }', user())).toBe('unguarded');
  });

  it('counts root fields in fragments', () => {
    const fragments = 'fragment F on Query { ...G } fragment G on Query { admin }';
    expect(refusal(`{ ...F } ${fragments}`, user())).toBe('403 FORBIDDEN');
    expect(refusal(`{ ...F open } ${fragments}`, user())).toBe('guarded');
  });

  it('does not take a nested field for a root field when both use one fragment', () => {
    const nested = authorize(
      'type Query { open: Int @public again: Query @authenticated admin: Query @requiresRoles(roles: [["admin"]]) }',
    );
    for (const operation of [
      '{ again { ...F } } fragment F on Query { admin { open } }',
      '{ admin { ...F } ...F } fragment F on Query { open }',
      '{ ...F admin { ...F } } fragment F on Query { open }',
    ]) {
      expect(nested.check({ document: parse(operation), caller: user() })).toMatchObject({ kind: 'guarded' });
    }
  });

  it('does not count a fragment that is not used', () => {
    expect(refusal('{ open } fragment F on Query { admin }')).toBe('unguarded');
  });

  it('coerces no variables where they decide nothing', () => {
    const coerce = vi.fn((value: unknown) => value);
    const scalar = new GraphQLScalarType({ name: 'Counted', parseValue: coerce });
    const counting = authorize(
      `scalar Counted input Plain { x: Counted } input Other { secret: Int @requiresRoles(roles: [["admin"]]) }
       type Query {
         open(x: Plain): Int @public admin(x: Plain): Int @requiresRoles(roles: [["admin"]]) other(x: Other): Int @public }`,
      { Counted: scalar },
    );
    const ask = (field: string) =>
      counting.check({
        document: parse(`query ($x: Plain, $if: Boolean = true) { ${field} }`),
        variables: { x: { x: 1 } },
        caller: user(),
      }).kind;
    expect([ask('open(x: $x)'), coerce.mock.calls.length]).toEqual(['unguarded', 0]);
    expect([ask('admin(x: $x)'), coerce.mock.calls.length]).toEqual(['refused', 0]);
    expect([ask('admin(x: $x) @include(if: $if)'), coerce.mock.calls.length]).toEqual(['refused', 1]);
  });
});

describe('checkOperation, mutations and subscriptions', () => {
  it('lets a granted mutation run unguarded', () => {
    expect(refusal('mutation { write { x } }', user({ scopes: ['write'] }))).toBe('unguarded');
  });

  it('refuses a mutation for a denied field of its payload', () => {
    expect(refusal('mutation { write { x hidden } }', user({ scopes: ['write'] }))).toBe('403 FORBIDDEN');
  });

  it('says where in the payload, by response keys, through fragments and conditions', () => {
    const document = `mutation ($v: Boolean!) { w: write { ...F @include(if: $v) } }
      fragment F on Nested { ... on Nested @include(if: $v) { h: hidden } }`;
    expect(check(document, user({ scopes: ['write'] }), { v: true })).toMatchObject({
      denials: [{ coordinate: 'Nested.hidden', path: ['w', 'h'] }],
    });
  });

  it('does not refuse it when that field is skipped', () => {
    expect(refusal('mutation { write { x hidden @skip(if: true) } }', user({ scopes: ['write'] }))).toBe('unguarded');
  });

  it('leaves policies to be decided when the mutation runs', () => {
    expect(refusal('mutation { personal { x } }', user())).toBe('guarded');
  });

  it('leaves a step-up to the field where a policy has to say first', () => {
    expect(refusal('mutation { personalStepUp }', stepper())).toBe('guarded');
  });

  it('refuses a subscription for a denied field of its events', () => {
    expect(refusal('subscription { changes { hidden } }', user())).toBe('403 FORBIDDEN');
  });

  it('guards a subscription that is granted, because each event is decided again', () => {
    expect(refusal('subscription { changes { x } }', user())).toBe('guarded');
  });

  it('lets an event that is granted run without guards, and no other', () => {
    const answer = (query: string, caller: Caller) => api.check({ document: parse(query), caller, isEvent: true }).kind;
    expect(answer('subscription { changes { x } }', user())).toBe('unguarded');
    expect(answer('subscription { changes { hidden } }', user({ roles: ['admin'] }))).toBe('unguarded');
    expect(answer('subscription { changes { hidden } }', user())).toBe('refused');
    expect(answer('subscription { judged { x } }', user())).toBe('guarded');
  });
});

describe('checkOperation, status', () => {
  it('is 401 for an anonymous caller', () => {
    expect(refusal('{ admin }')).toBe('401 UNAUTHENTICATED');
    expect(refusal('{ adminStepUp stepUp a }')).toBe('401 UNAUTHENTICATED');
  });

  it('is 403 if anything is forbidden', () => {
    expect(refusal('{ stepUp admin }', stepper())).toBe('403 FORBIDDEN');
  });

  it('is not a step-up when a scope is missing as well', () => {
    expect(refusal('mutation { write { stepUp } }', stepper())).toBe('403 FORBIDDEN');
    expect(refusal('mutation { write { stepUp } }', stepper({ scopes: ['write'] }))).toBe('401 INSUFFICIENT_CLAIMS');
  });

  it('is 401 for a step-up of a client that can', () => {
    expect(refusal('{ stepUp }', stepper())).toBe('401 INSUFFICIENT_CLAIMS');
  });

  it('is 403 for a step-up of a client that cannot', () => {
    expect(refusal('{ stepUp }', user())).toBe('403 INSUFFICIENT_CLAIMS');
  });

  it('is 403 and no step-up for an application', () => {
    expect(refusal('{ stepUp }', application())).toBe('403 FORBIDDEN');
  });

  it('has no HTTP extension in its errors: the server decides that', () => {
    const decision = check('{ admin }', user());
    expect(decision.kind === 'refused' && decision.errors[0]?.extensions).not.toHaveProperty('http');
  });
});

describe('checkOperation, challenge', () => {
  const challenge = (query: string, caller?: Caller) => {
    const decision = check(query, caller);
    return decision.kind === 'refused' ? decision.challenge : decision.kind;
  };

  it('names for an anonymous caller the scopes to ask for, the first alternative of each rule', () => {
    expect(challenge('{ a b again: a }')).toEqual({ scopes: ['read', 'other'] });
  });

  it('names the scopes that are missing', () => {
    expect(challenge('{ b }', user({ scopes: ['read'] }))).toEqual({ scopes: ['other'] });
  });

  it('names no scope when a role is missing', () => {
    expect(challenge('{ admin }', user())).toEqual({});
  });

  it('names the authentication context', () => {
    expect(challenge('{ stepUp }', stepper())).toEqual({ authContext: 'c1' });
  });

  it('names nothing without hints, except what a step-up cannot do without', () => {
    const silent = authorize(sdl, {}, { policies: { self: () => true }, hints: false });
    const decide = (query: string, caller?: Caller) => silent.check({ document: parse(query), caller });
    const refused = decide('{ a }');
    expect(refused.kind === 'refused' && refused.challenge).toEqual({});
    expect(decide('{ stepUp }', stepper())).toMatchObject({ challenge: { authContext: 'c1' } });
  });
});

describe('checkOperation, arguments', () => {
  it('refuses the operation for a denied argument of a public field', () => {
    expect(refusal('{ open filtered(secret: 1) }')).toBe('401 UNAUTHENTICATED');
    expect(refusal('{ open filtered(secret: 1) }', user())).toBe('403 FORBIDDEN');
  });

  it('does not refuse it when the argument is not used', () => {
    expect(refusal('{ filtered }')).toBe('unguarded');
  });

  it('does not refuse it when the field of the argument is skipped', () => {
    expect(refusal('{ open filtered(secret: 1) @skip(if: true) }')).toBe('unguarded');
  });

  it('lets it run for a caller with the right', () => {
    expect(refusal('{ filtered(secret: 1) }', user({ roles: ['admin'] }))).toBe('unguarded');
  });

  it('asks for a step-up when that is all an argument lacks', () => {
    expect(refusal('{ filtered(sensitive: 1) }', stepper())).toBe('401 INSUFFICIENT_CLAIMS');
  });

  it('says which argument, on which field', () => {
    expect(check('{ x: filtered(secret: 1) }', user())).toMatchObject({
      errors: [{ path: ['x'], extensions: { authorization: { coordinate: 'Query.filtered(secret:)' } } }],
    });
  });

  it('also lists the denied fields of a mutation', () => {
    const both = authorize(
      `type Query { q: Int @public } type Mutation {
         a(x: Int @requiresRoles(roles: [["r"]])): Int @authenticated b: Int @requiresRoles(roles: [["r"]]) }`,
    );
    const decision = both.check({ document: parse('mutation { b a(x: 1) }'), caller: user() });
    expect(decision.kind === 'refused' && decision.denials.map(({ coordinate }) => coordinate)).toEqual([
      'Mutation.b',
      'Mutation.a(x:)',
    ]);
  });
});

describe('checkOperation, what cannot be executed', () => {
  it('leaves a document without operation to the executor', () => {
    expect(refusal('fragment F on Query { admin }')).toBe('guarded');
  });

  it('leaves an unknown operation name to the executor', () => {
    const document = parse('query A { open }');
    expect(api.check({ document, operationName: 'B', caller: undefined })).toEqual({ kind: 'guarded' });
  });

  it('refuses an operation with denied fields before it reports bad variables', () => {
    expect(refusal('query ($v: Boolean!) { admin @include(if: $v) }')).toBe('401 UNAUTHENTICATED');
    expect(refusal('query ($v: Boolean!) { admin @include(if: $v) }', undefined, { v: 'x' })).toBe(
      '401 UNAUTHENTICATED',
    );
  });

  it('takes an operation without variable definitions, as other tools make it', () => {
    const { definitions, ...document } = parse('{ admin @include(if: true) }');
    const bare = definitions.map((node) => ({ ...node, variableDefinitions: undefined }));
    expect(
      api.check({ document: { ...document, definitions: bare as typeof definitions }, caller: undefined }),
    ).toMatchObject({
      status: 401,
    });
  });

  it('keeps guarding what was never validated', () => {
    expect(refusal('{ open nothing }', user())).toBe('guarded');
    expect(refusal('{ open ...Missing }', user())).toBe('guarded');
    expect(refusal('{ open ... on Nothing { x } }', user())).toBe('guarded');
    expect(refusal('{ open ...F } fragment F on Nothing { x }', user())).toBe('guarded');
    expect(refusal('{ open { x } }', user())).toBe('unguarded');
  });

  it('keeps guarding an operation for which the schema has no root type', () => {
    const queryOnly = authorize('type Query { q: Int @public }');
    expect(queryOnly.check({ document: parse('mutation { x }'), caller: user() })).toEqual({ kind: 'guarded' });
  });

  it('keeps guarding a field that is selected on a union', () => {
    const union = authorize('type Query { u: U @public } union U = A type A { x: Int @requiresRoles(roles: [["r"]]) }');
    expect(union.check({ document: parse('{ u { x } }'), caller: user() })).toEqual({ kind: 'guarded' });
  });
});

describe('checkOperation, the log', () => {
  it('tells onDenied of a refusal when it is given a context', () => {
    const told: unknown[] = [];
    const logging = authorize(
      sdl,
      {},
      {
        policies: { self: () => true },
        onDenied: (denial, context) => told.push([denial.coordinate, denial.code, denial.path, context.caller]),
      },
    );
    const caller = user();
    logging.check({ document: parse('{ admin }'), caller, context: { caller } });
    expect(told).toEqual([['Query.admin', 'FORBIDDEN', ['admin'], caller]]);
  });

  it('does not without one', () => {
    const told: unknown[] = [];
    const logging = authorize(sdl, {}, { policies: { self: () => true }, onDenied: (denial) => told.push(denial) });
    logging.check({ document: parse('{ admin }'), caller: user() });
    expect(told).toEqual([]);
  });

  it('has nothing to tell of what is granted or only guarded', () => {
    const told: unknown[] = [];
    const logging = authorize(sdl, {}, { policies: { self: () => true }, onDenied: (denial) => told.push(denial) });
    const caller = user();
    logging.check({ document: parse('{ open }'), caller, context: { caller } });
    logging.check({ document: parse('{ personal }'), caller, context: { caller } });
    expect(told).toEqual([]);
  });
});
