import { type GraphQLResolveInfo, type OperationTypeNode, parse } from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import { createExecutionMemory } from '../../../../src/authorization/guards/memory/execution-memory.js';

type Info = Pick<GraphQLResolveInfo, 'operation' | 'path' | 'variableValues'>;

const value = {};
const context = {};
const variableValues = {};

function operationOf(kind: string): Info['operation'] {
  const [operation] = parse(`${kind} { a }`).definitions;
  if (operation?.kind !== 'OperationDefinition') throw new Error('the document has an operation');
  return operation;
}

/** The place of a field two levels below a root field. Executors make the path of a root field afresh each time. */
function below(root: Info['path'], kind: string): Info {
  const list = { prev: root, key: 0, typename: undefined };
  return { operation: operationOf(kind), variableValues, path: { prev: list, key: 'x', typename: 'Item' } };
}

const rootField = (key = 'a'): Info['path'] => ({ prev: undefined, key, typename: 'Root' });

/** Asks at both places with the same context, variables and value. */
function countMade(first: Info, second: Info): number {
  const make = vi.fn(() => ({}));
  const memory = createExecutionMemory<object>();
  for (const info of [first, second]) memory.recall({ context, info }, { typeName: 'T', value }, make);
  return make.mock.calls.length;
}

const KINDS: readonly `${OperationTypeNode}`[] = ['query', 'mutation', 'subscription'];

describe('the memory of an execution', () => {
  it.each(KINDS)('holds below one root field of a %s', (kind) => {
    const root = rootField();
    expect(countMade(below(root, kind), below(root, kind))).toBe(1);
  });

  it('holds across the root fields of a query, which changes nothing', () => {
    expect(countMade(below(rootField('a'), 'query'), below(rootField('b'), 'query'))).toBe(1);
  });

  it('ends with a root field of a mutation', () => {
    expect(countMade(below(rootField('a'), 'mutation'), below(rootField('b'), 'mutation'))).toBe(2);
  });

  it('ends with an event of a subscription, also where the executor keeps the variables', () => {
    expect(countMade(below(rootField(), 'subscription'), below(rootField(), 'subscription'))).toBe(2);
  });

  it('ends with a query, also where the context stays', () => {
    const [first, second] = [below(rootField(), 'query'), { ...below(rootField(), 'query'), variableValues: {} }];
    expect(countMade(first, second)).toBe(2);
  });
});
