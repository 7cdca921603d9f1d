import { makeExecutableSchema } from '@graphql-tools/schema';
import { type DocumentNode, parse } from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { createErrorFormatter } from '../../../src/graphql/apollo/error-format.js';
import { noteAbandonment } from '../../../src/graphql/execution/abandoned-operation.js';
import { createUnguardedExecution } from '../../../src/graphql/execution/unguarded-execution.js';
import type { ResourceContext } from '../../../src/graphql/resource.js';
import { createBudget } from '../../support/execution/answer-budget.js';

/** A schema whose fields wait until they are let go, and the fields that were called. */
function startSchema() {
  const called: string[] = [];
  const held: (() => void)[] = [];
  const hold =
    (value: unknown) => (_parent: unknown, _args: unknown, _context: unknown, info: { path: { key: unknown } }) => {
      called.push(String(info.path.key));
      return new Promise((resolve) => held.push(() => resolve(value)));
    };
  const row = { name: 'n' };
  const schema = makeExecutableSchema({
    typeDefs: `
      type Query { row: Row rows: [Row] }
      type Row { name(of: Int): String row: Row }
      type Mutation { first: Row second: Row }
    `,
    resolvers: {
      Query: { row: hold(row), rows: hold([row, row, row]) },
      Row: { name: hold('n'), row: hold(row) },
      Mutation: { first: hold(row), second: hold(row) },
    },
  });
  return {
    called,
    release: () => {
      for (const letGo of held.splice(0)) letGo();
    },
    schema,
  };
}

function run(schema: ReturnType<typeof startSchema>['schema'], compiled: boolean) {
  const formatError = createErrorFormatter({ error: () => undefined, warn: () => undefined }, defaultLimits);
  return createUnguardedExecution(schema, formatError, { compiled, limits: defaultLimits, createBudget });
}

const operationOf = (document: DocumentNode) => document.definitions[0] as never;

describe.each([
  ['by graphql-js', false],
  ['compiled', true],
])('an operation that runs %s', (_way, compiled) => {
  const QUERIES: [string, string, string[]][] = [
    ['a field below', '{ row { name } }', ['row']],
    ['fields of list items', '{ rows { name row { name } } }', ['rows']],
    ['fields beside others', '{ a: row { row { name } } b: row { name } }', ['a', 'b']],
    ['later fields of a mutation', 'mutation { first { name } second { name } }', ['first']],
  ];
  it.each(QUERIES)('calls no more resolvers once it is abandoned: %s', async (_name, query, expected) => {
    const { schema, called, release } = startSchema();
    const execute = run(schema, compiled);
    const document = parse(query);
    // Queries that come often are compiled.
    for (const mustEnd of [false, true, false, true, false, true]) {
      called.length = 0;
      const abandon = vi.fn();
      const context = noteAbandonment<ResourceContext>({ caller: undefined, dispose: async () => undefined, abandon });
      const asked = { document, operation: operationOf(document), operationName: undefined, variables: {} };
      const answer = Promise.resolve(execute({ ...asked, context: { ...context } }));
      if (mustEnd) context.abandon?.();
      await settle(answer, release);
      expect(abandon).toHaveBeenCalledTimes(mustEnd ? 1 : 0);
      if (mustEnd) expect(called).toEqual(expected);
      else expect(called.length).toBeGreaterThan(expected.length);
    }
  });
});

/** Lets fields go until the answer is there. */
async function settle(answer: Promise<unknown>, release: () => void): Promise<void> {
  let isAnswered = false;
  const done = answer.finally(() => {
    isAnswered = true;
  });
  while (!isAnswered) {
    release();
    await new Promise(setImmediate);
  }
  await done;
}
