import fc from 'fast-check';
import { type ExecutionResult, execute, type GraphQLSchema, isCompositeType, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../../src/authentication/caller.js';
import { createAuthorization } from '../../src/authorization/authorization.js';
import { createPossibleTypes } from '../../src/authorization/operations/possible-types.js';
import { randomCaller } from './random-rules.js';
import {
  ABSTRACT,
  canary,
  executable,
  FIELDS,
  OBJECTS,
  randomDocument,
  randomSchema,
  returnTypeOf,
} from './random-schema.js';
import {
  expectedRefusal,
  guardSlowly,
  rulesOf,
  selectedFields,
  typesReturned,
  verdictOn,
  verdictOnSelection,
} from './slow-reference.js';

/** A random schema, document and caller. */
function arrange(g: fc.GeneratorValue) {
  const schema = randomSchema(g);
  const bare = executable(schema, () => {});
  const document = parse(randomDocument(g, schema));
  const variables = { no: g(fc.boolean), ...(g(fc.boolean) && { yes: g(fc.boolean) }) };
  const isSlow = g(fc.boolean);
  const policies = Object.fromEntries(
    Object.entries(schema.policies).map(([name, holds]) => [name, () => (isSlow ? Promise.resolve(holds) : holds)]),
  );
  const caller = randomCaller(g);
  const authorization = createAuthorization({ schema: bare, policies, agents: schema.agents });
  const byRules = createAuthorization({ schema: bare, policies, agents: schema.agents, fastPath: false });
  const more = {
    scopes: g(() => fc.subarray(['s0', 's1', 's2'])),
    roles: g(() => fc.subarray(['r0', 'r1'])),
    authContexts: g(() => fc.subarray(['c1', 'c2'])),
  };
  return { schema, bare, document, variables, caller, authorization, byRules, more };
}

type Case = ReturnType<typeof arrange>;

const check = ({ authorization, document, variables, caller }: Case) =>
  authorization.check({ document, variables, caller });
const selected = ({ schema, document, variables }: Case) =>
  selectedFields(schema, document, { yes: true, ...variables });
const isQuery = ({ document }: Case) =>
  document.definitions.some((node) => 'operation' in node && node.operation === 'query');
const executeOn = (schema: GraphQLSchema, { document, variables: variableValues, caller }: Case) =>
  execute({ schema, document, variableValues, contextValue: { caller } });

/** All that a client would be sent. */
async function answerTo(one: Case): Promise<string> {
  const decision = check(one);
  const schema = decision.kind === 'unguarded' ? one.bare : one.authorization.schema;
  return JSON.stringify(decision.kind === 'refused' ? decision : await executeOn(schema, one));
}

/**
 * Data and denials; errors come in the order in which promises settle. Of several errors below a place that non-null fields
 * made null, graphql-js tells those that come before it has made up the answer: there must be one, whichever.
 */
function comparable(result: ExecutionResult) {
  const data: unknown = JSON.parse(JSON.stringify(result.data));
  const errors = (result.errors ?? []).map(({ path = [], extensions }) => ({
    text: `${path.join('.')} ${extensions.code}`,
    place: placeOf(path, data),
  }));
  return {
    data,
    errors: errors
      .filter(({ place }) => place === undefined)
      .map(({ text }) => text)
      .sort(),
    nulled: [...new Set(errors.flatMap(({ place }) => place ?? []))].sort(),
  };
}

/** The object on an error's path that became null as a whole; undefined when only the error's own field did. */
function placeOf(path: readonly (string | number)[], data: unknown): string | undefined {
  let value = data;
  for (const [at, key] of path.entries()) {
    if (value === null) return path.slice(0, at).join('.');
    value = Object(value)[key];
  }
  return undefined;
}

const COORDINATES = [...OBJECTS, 'Query', 'Mutation'].flatMap((type) =>
  Object.keys(FIELDS).map((field) => [type, field] as const),
);

// In the titles, so that a failure can be brought back.
const { numRuns = 250, seed = Date.now() % 2 ** 31 } = fc.readConfigureGlobal();
const cases: Case[] = [];
const counts = { refused: 0, guarded: 0, unguarded: 0 };
// With few cases, chance can leave one of them out: more are made then.
for (let batch = 0; batch < 4 && Math.min(...Object.values(counts)) <= numRuns / 40; batch += 1) {
  for (const one of fc.sample(fc.gen().map(arrange), { numRuns, seed: seed + batch })) {
    if (validate(one.bare, one.document).length > 0) continue;
    cases.push(one);
    counts[check(one).kind] += 1;
  }
}

describe(`random schemas, documents and callers (seed ${seed})`, () => {
  it('reach refusals, guarded and unguarded runs', () => {
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(numRuns / 40);
  });

  it('reach errors of resolvers', async () => {
    const answers = await Promise.all(cases.map(answerTo));
    expect(answers.filter((answer) => answer.includes('"message":"<'))).not.toEqual([]);
  });

  it('the guard gives what plain graphql-shield gives by the slow reference', async () => {
    for (const one of cases) {
      // A mutation that is refused as a whole runs nothing, whatever its single fields would give.
      if (!isQuery(one) && check(one).kind === 'refused') continue;
      const slowly = guardSlowly(one.bare, one.schema, one.document, one.caller);
      const expected = comparable(await executeOn(slowly, one));
      expect(comparable(await executeOn(one.authorization.schema, one))).toEqual(expected);
    }
  });

  it('the rules of graphql-shield alone give the same', async () => {
    for (const one of cases) {
      const expected = comparable(await executeOn(one.authorization.schema, one));
      expect(comparable(await executeOn(one.byRules.schema, one))).toEqual(expected);
      const { kind } = one.byRules.check(one);
      expect(kind).toBe(check(one).kind === 'refused' ? 'refused' : 'guarded');
    }
  });

  it('a mutation that check refuses runs nothing on the guarded schema', async () => {
    const refused = cases.filter((one) => !isQuery(one) && check(one).kind === 'refused');
    expect(refused).not.toEqual([]);
    for (const one of refused) {
      const { data, errors } = await executeOn(one.authorization.schema, one);
      expect(errors).not.toBeUndefined();
      const { __typename: _, ...fields } = { ...data };
      expect(Object.values(fields).filter((value) => value !== null && value !== 'Mutation')).toEqual([]);
    }
  });

  it('an operation is refused just when, and with the status with which, it has to be', () => {
    for (const one of cases) {
      const decision = check(one);
      const status = expectedRefusal(one.schema, selected(one), isQuery(one), one.caller);
      expect(decision.kind === 'refused' ? decision.status : undefined).toBe(status);
    }
  });

  it('a field that is selected on an interface can return what it returns on any of the types there', () => {
    for (const { bare, schema } of cases) {
      const possible = createPossibleTypes(bare);
      for (const [name, implementers] of schema.implementers) {
        for (const field of ABSTRACT) {
          const declared = bare.getType(returnTypeOf(schema, name, field));
          if (!isCompositeType(declared)) throw new Error(`${name}.${field} returns no objects.`);
          const found = possible.ofField(declared, field, new Set(implementers));
          expect([...found]).toEqual([...typesReturned(schema, implementers, field)].sort());
        }
      }
    }
  });

  it('what runs unguarded is granted in full', () => {
    for (const one of cases.filter((each) => check(each).kind === 'unguarded')) {
      const verdicts = selected(one).map((field) =>
        verdictOnSelection(one.schema, field, one.caller, one.schema.policies),
      );
      expect(verdicts.filter((verdict) => verdict !== 'ok')).toEqual([]);
    }
  });

  it('what runs unguarded gives what it gives guarded, to the byte', async () => {
    for (const one of cases.filter((each) => check(each).kind === 'unguarded')) {
      const guarded = JSON.stringify(await executeOn(one.authorization.schema, one));
      expect(JSON.stringify(await executeOn(one.bare, one))).toBe(guarded);
    }
  });

  it('no value of a field that the caller may not have appears in an answer, nor in the text of an error', async () => {
    for (const one of cases) {
      const answer = await answerTo(one);
      for (const [type, field] of COORDINATES) {
        const verdict = verdictOn(rulesOf(one.schema, type, field), one.caller, one.schema.policies);
        if (verdict !== 'ok') expect(answer).not.toContain(canary(type, field));
      }
    }
  });

  it('more scopes, roles or contexts never lose access', () => {
    for (const { authorization, caller, more } of cases) {
      if (caller?.kind !== 'delegated') continue;
      const after = new Map(authorization.explain(withMore(caller, more)).map((access) => [access.coordinate, access]));
      for (const { coordinate, decision } of authorization.explain(caller)) {
        if (decision === 'ALLOWED' || decision === 'DEPENDS')
          expect(after.get(coordinate)).toMatchObject({ coordinate, decision });
      }
    }
  });

  it('an explanation says of each field what the reference says', () => {
    for (const { authorization, schema, caller } of cases) {
      const decisions = new Map(
        authorization.explain(caller).map(({ coordinate, decision }) => [coordinate, decision]),
      );
      for (const [type, field] of COORDINATES) {
        const rules = rulesOf(schema, type, field);
        const granted = rules.some(({ policies }) => policies) ? 'DEPENDS' : 'ALLOWED';
        const expected =
          { ok: granted, SERVICE_UNAVAILABLE: 'UNKNOWN' }[String(verdictOn(rules, caller, undefined))] ?? 'DENIED';
        expect([type, field, decisions.get(`${type}.${field}`)]).toEqual([type, field, expected]);
      }
    }
  });
});

function withMore(caller: Extract<Caller, { kind: 'delegated' }>, more: Case['more']): Caller {
  return {
    ...caller,
    scopes: new Set([...caller.scopes, ...more.scopes]),
    roles: new Set([...caller.roles, ...more.roles]),
    authContexts: new Set([...caller.authContexts, ...more.authContexts]),
  };
}
