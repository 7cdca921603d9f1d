import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { type ExecutionResult, execute, getVariableValues, parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import { defaultLimits } from '../../../../src/config/limits.js';
import { createErrorFormatter } from '../../../../src/graphql/apollo/error-format.js';
import { formatResult } from '../../../../src/graphql/apollo/format-result.js';
import { createCompiledQueries } from '../../../../src/graphql/execution/compiled/compiled-queries.js';
import { createBudget } from '../../../support/execution/answer-budget.js';
import { letRejectionsPass } from '../../../support/vitest/unhandled-rejections.js';
import { Random } from './random.js';
import { randomQuery } from './random-query.js';
import { randomSchema } from './random-schema.js';
import type { Calls, Weather } from './random-values.js';

letRejectionsPass();

const RUNS = 250;

it.each<Weather>([
  { timing: 'sync', trouble: 0 },
  { timing: 'sync', trouble: 5 },
  { timing: 'sync', trouble: 40 },
  { timing: 'async', trouble: 0 },
  { timing: 'async', trouble: 5 },
  { timing: 'async', trouble: 40 },
])(
  'a compiled query answers and calls its resolvers like graphql-js ($timing, trouble $trouble %)',
  async (weather) => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(fc.noBias(fc.nat()), async (seed) => {
        compared += (await compare(new Random(seed), weather)) ? 1 : 0;
      }),
      { numRuns: RUNS },
    );
    expect(compared).toBeGreaterThan(RUNS / 3);
  },
);

/** @returns false if the random query is not valid or is not compiled */
async function compare(random: Random, weather: Weather): Promise<boolean> {
  const schema = randomSchema(random, weather);
  const { source, variables } = randomQuery(random, schema, weather);
  const document = parse(source);
  const [operation] = document.definitions;
  if (validate(schema, document).length > 0 || operation?.kind !== 'OperationDefinition') return false;
  const expected: Calls = { calls: [] };
  const actual: Calls = { calls: [] };
  const byUs = await warm(
    createCompiledQueries(schema, defaultLimits.compiledQueryCacheBytes),
    document,
    operation,
  )?.({ context: actual, variables, budget: createBudget() });
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  if (!coerced) expect(byUs).toBeUndefined();
  if (!byUs) return false;
  const byGraphQL = await execute({ schema, document, variableValues: variables, contextValue: expected });
  // It answers before resolvers have ended that are of no use any more: these are waited for.
  for (let turn = 0; turn < 10; turn += 1) await setImmediate();
  expect(bytesOf(byUs)).toBe(bytesOf(byGraphQL));
  expect(actual.calls).toEqual(expected.calls);
  return true;
}

function warm(find: ReturnType<typeof createCompiledQueries>, ...query: Parameters<typeof find>) {
  for (let run = 1; run <= 3; run += 1) expect(find(...query)).toBeUndefined();
  return find(...query);
}

const formatError = createErrorFormatter({ error: () => undefined, warn: () => undefined }, defaultLimits);

function bytesOf(result: ExecutionResult): string {
  return JSON.stringify(formatResult(result, formatError));
}
