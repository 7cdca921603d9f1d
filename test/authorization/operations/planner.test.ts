import { Kind, type OperationDefinitionNode, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { AUTHORIZATION_LIMITS } from '../../../src/authorization/limits.js';
import type { OperationPlan } from '../../../src/authorization/operations/operation-plan.js';
import { planSize } from '../../../src/authorization/operations/plan-size.js';
import { createPlanner, fragmentsOf } from '../../../src/authorization/operations/planner.js';
import { createProtectedInputs } from '../../../src/authorization/requirements/protected-inputs.js';
import { compileRequirements } from '../../../src/authorization/rules/compile-requirements.js';
import { schemaOf } from '../harness.js';

const schema = schemaOf('type Query { a: Int @public b: Int @authenticated }');
const table = compileRequirements(schema);
const create = (maxBytes?: number) =>
  createPlanner({ schema, table, protectedInputs: createProtectedInputs(schema, table.inputs) }, maxBytes);
const operationOf = (document: ReturnType<typeof parse>): OperationDefinitionNode => {
  const operation = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
  return operation;
};

describe('createPlanner', () => {
  it('plans an operation once', () => {
    const document = parse('{ a ...F } fragment F on Query { b }');
    const plan = create();
    const operation = operationOf(document);
    expect(plan(operation, fragmentsOf(document))).toBe(plan(operation, fragmentsOf(document)));
  });

  it('forgets the plan that was not used for longest when the plans have more bytes than are allowed', () => {
    const least = AUTHORIZATION_LIMITS.planCacheBytes.default / 16;
    const plan = create(least);
    const first = parse('{ a }');
    const ask = (document = first) => plan(operationOf(document), fragmentsOf(document));
    const before = ask();
    for (let count = 0; count < 100; count += 1) ask(parse('{ b }'));
    expect(ask()).toBe(before);
    // Each plan has more than a hundred bytes.
    for (let count = 0; count < least / 100; count += 1) ask(parse('{ b }'));
    expect(ask()).not.toBe(before);
  });

  it('keeps plans of as many bytes as the table allows', () => {
    const plan = create();
    const large = operationOf(parse(`{ ${'a '.repeat(20_000)} }`));
    const ask = (operation: OperationDefinitionNode) => plan(operation, () => undefined);
    const most = Math.floor(AUTHORIZATION_LIMITS.planCacheBytes.default / planSize(ask(large)));
    const operations = Array.from({ length: most }, () => ({ ...large }));
    const [first, second, ...others] = operations.map((operation) => ({ operation, before: ask(operation) }));
    if (!first || !second) throw new Error('a plan is larger than the table allows');
    for (const { operation, before } of [first, ...others]) expect(ask(operation)).toBe(before);
    ask({ ...large });
    expect(ask(second.operation)).not.toBe(second.before);
  });

  it('plans it again when it comes with another fragment of that name', () => {
    const document = parse('{ a ...F } fragment F on Query { b }');
    const other = parse('{ a ...F } fragment F on Query { a }');
    const plan = create();
    const operation = operationOf(document);
    expect(plan(operation, fragmentsOf(document))).not.toBe(plan(operation, fragmentsOf(other)));
  });

  it('plans it again when a fragment is gone', () => {
    const document = parse('{ a ...F } fragment F on Query { b }');
    const plan = create();
    const operation = operationOf(document);
    expect(plan(operation, fragmentsOf(document)).isComplete).toBe(true);
    expect(plan(operation, () => undefined).isComplete).toBe(false);
  });
});

describe('a plan', () => {
  /** Everything in it: each section once, however often it is reached. */
  const sizeOf = ({ root }: OperationPlan) => {
    const sections = new Set([root]);
    // A Set may grow while it is iterated.
    for (const { edges } of sections) for (const { section } of edges) sections.add(section);
    return [...sections].reduce((sum, { uses, edges }) => sum + uses.length + edges.length, sections.size);
  };
  const planOf = (source: string) => {
    const document = parse(source);
    return create()(operationOf(document), fragmentsOf(document));
  };

  it.each([
    ['fields', (n: number) => `{ ${'a '.repeat(n)} }`],
    ['fragments that each spread the next one twice', doubling],
    ['spreads of one fragment', (n: number) => `{ ${'...F '.repeat(n)} } fragment F on Query { a b }`],
    ['conditions', (n: number) => `query ($v: Boolean!) { ${'a @include(if: $v) '.repeat(n)} }`],
  ])('grows linearly with %s', (_what, source) => {
    const sizes = [100, 200, 400].map((n) => sizeOf(planOf(source(n))));
    const [first = 0, second = 0, third = 0] = sizes;
    expect(third - second).toBe(2 * (second - first));
  });
});

function doubling(n: number): string {
  const fragments = Array.from({ length: n }, (_, at) => `fragment F${at} on Query { ...F${at + 1} ...F${at + 1} }`);
  return `{ ...F0 } ${fragments.join(' ')} fragment F${n} on Query { a }`;
}
