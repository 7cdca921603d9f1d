import { execute, parse } from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import { createDecisions } from '../../../src/authorization/decisions/decisions.js';
import { createWrittenFields } from '../../../src/authorization/guards/entities/written-fields.js';
import type { GuardEngine } from '../../../src/authorization/guards/guard-engine.js';
import { guardSchema } from '../../../src/authorization/guards/guard-schema.js';
import { createDecisionsByPlace } from '../../../src/authorization/guards/memory/decisions-by-place.js';
import { rememberDenials } from '../../../src/authorization/guards/memory/remembered-denials.js';
import { createObjectJudge } from '../../../src/authorization/guards/object-judge.js';
import { createPolicyDecision } from '../../../src/authorization/guards/policies.js';
import type { AuthorizationContext } from '../../../src/authorization/guards/resolver-call.js';
import { createAskShield } from '../../../src/authorization/guards/shield-middleware.js';
import { createShieldRules } from '../../../src/authorization/guards/shield-rules.js';
import { createPlanner } from '../../../src/authorization/operations/planner.js';
import { createProtectedInputs } from '../../../src/authorization/requirements/protected-inputs.js';
import { compileRequirements } from '../../../src/authorization/rules/compile-requirements.js';
import { schemaOf, user } from '../harness.js';

const schema = schemaOf('type Query { a: Int @public b: Int @authenticated c: Int @authenticated }');

function engineOf(of: typeof schema): GuardEngine<AuthorizationContext> {
  const table = compileRequirements(of);
  const protectedInputs = createProtectedInputs(of, table.inputs);
  const decisions = createDecisions(table.requirements);
  const decidePolicies = createPolicyDecision({}, 1000);
  const written = createWrittenFields(schema);
  return {
    table,
    protectedInputs,
    decisions,
    planner: createPlanner({ schema: of, table, protectedInputs }),
    decidePolicies,
    written,
    objects: createObjectJudge({ table, decisions, decidePolicies }),
    rules: createShieldRules(table, protectedInputs, decisions),
    askShield: createAskShield(),
    fastPath: true,
    decideOnce: createDecisionsByPlace(),
    mode: 'enforce',
    denials: rememberDenials({ hints: true }),
    onDenied: () => undefined,
  };
}

describe('guardSchema', () => {
  it('guards the fields that need something', () => {
    const fields = guardSchema(schema, engineOf(schema)).getQueryType()?.getFields();
    expect(fields?.a?.resolve).toBeUndefined();
    expect(fields?.b?.resolve).toBeTypeOf('function');
  });

  it('throws when the table lacks a field: nothing is served unguarded by mistake', () => {
    const other = schemaOf('type Query { a: Int @public }');
    expect(() => guardSchema(schema, engineOf(other))).toThrow('Query.b');
  });

  it('asks for a plan only where an interface may need more than the field itself', async () => {
    const type = (rule: string) => `implements I { same: Int more: Int ${rule} }`;
    const abstract = schemaOf(
      `type Query { b: B @authenticated } interface I { same: Int more: Int }
       type A ${type('@requiresRoles(roles: [["r"]])')} type B ${type('@authenticated')}`,
    );
    const engine = engineOf(abstract);
    const planner = vi.fn(engine.planner);
    const schema = guardSchema(abstract, { ...engine, planner });
    const plansFor = async (query: string) => {
      planner.mockClear();
      const rootValue = { b: { same: 1, more: 2 } };
      await execute({ schema, document: parse(query), rootValue, contextValue: { caller: user() } });
      return planner.mock.calls.length;
    };
    expect(await plansFor('{ b { same } }')).toBe(0);
    expect(await plansFor('{ b { more } }')).toBeGreaterThan(0);
  });
});

describe('guardSchema, when the decision itself fails', () => {
  it.each<[string, GuardEngine<AuthorizationContext>['decidePolicies']]>([
    ['later', () => Promise.reject(new Error('bug'))],
    [
      'at once',
      () => {
        throw new Error('bug');
      },
    ],
  ])('denies, and tells the log: %s', async (_when, decidePolicies) => {
    const strict = schemaOf('type Query { a: Int @policy(policies: [["p"]]) }');
    const told: unknown[] = [];
    const engine: GuardEngine<AuthorizationContext> = {
      ...engineOf(strict),
      decidePolicies,
      onDenied: (denial) => told.push(denial),
    };
    const schema = guardSchema(strict, engine);
    const result = await execute({
      schema,
      document: parse('{ a }'),
      rootValue: { a: 1 },
      contextValue: { caller: user() },
    });
    expect(result).toMatchObject({ data: { a: null }, errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    expect(JSON.stringify(result)).not.toContain('bug');
    expect(told).toEqual([{ coordinate: 'Query.a', code: 'FORBIDDEN', missing: [], path: ['a'] }]);
  });
});
