import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { validate } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import type { OperationDecision } from '../../../src/authorization/authorization.js';
import { CALLER_KINDS } from '../../authorization/random-rules.js';
import { letRejectionsPass } from '../../support/vitest/unhandled-rejections.js';
import { type QueryServer, type Sent, startQueryServer, toApollo } from './query-server.js';
import { randomOperation, typedBy, type Way } from './random-operations.js';

letRejectionsPass();

type Case = ReturnType<typeof randomOperation>;

/** A request, and what became of it. */
interface Observation {
  readonly by: (typeof CALLER_KINDS)[number];
  readonly kind: OperationDecision['kind'];
  /** Fields are denied, and the token alone decides. */
  readonly isDeniedByToken: boolean;
  /** How it was run, if it was. */
  readonly ran: readonly Way[];
  readonly isByApollo: boolean;
  readonly sent: Sent;
}

/** Beside it, what was sent by a server that leaves everything to Apollo Server and runs it guarded. */
interface Comparison extends Observation {
  readonly one: Case;
  readonly expected: Sent | undefined;
  /** The way through graphql-shield's rules alone. */
  readonly byRulesAlone: Sent | undefined;
}

const LEFT_TO_APOLLO = { 'content-type': 'application/json; charset=utf-8' };

/** A query that fails is not known afterwards. */
const CALM = { trouble: 0, rounds: 1 };

/** Every caller asks every server, in calm weather first. */
async function compare(one: Case): Promise<readonly Comparison[]> {
  const { schema, mode, callers, policies, weather } = one;
  const start = (compiled: boolean, fastPath: boolean, byRulesAlone = false) =>
    startQueryServer({ schema, mode, callers, policies, context: { calls: [] }, compiled, fastPath, byRulesAlone });
  const guarded = await start(false, false);
  const ruled = await start(false, false, true);
  const servers = [await start(false, true), await start(true, true)];
  const comparisons: Comparison[] = [];
  for (const { trouble, rounds } of [CALM, { trouble: one.trouble, rounds: 2 }]) {
    weather.trouble = trouble;
    const expected = await askAll(one, guarded, LEFT_TO_APOLLO);
    const byRules = await askAll(one, ruled, LEFT_TO_APOLLO);
    for (let round = 0; round < rounds; round += 1) {
      for (const server of servers) {
        const observed = await askAll(one, server);
        comparisons.push(
          ...observed.map((each, at) => ({
            ...each,
            one,
            expected: expected[at]?.sent,
            byRulesAlone: byRules[at]?.sent,
          })),
        );
      }
    }
  }
  await Promise.all([guarded, ruled, ...servers].map((server) => server.close()));
  return comparisons;
}

async function askAll(one: Case, server: QueryServer, headers = {}): Promise<readonly Observation[]> {
  const { source: query, document, check, accept, callers, ran } = one;
  const observations: Observation[] = [];
  for (const by of CALLER_KINDS) {
    for (const variables of one.variables) {
      ran.clear();
      toApollo().mockClear();
      const decision = check({ document, variables, caller: callers[by] });
      const { kind } = decision;
      const isDeniedByToken = kind === 'guarded' && decision.deniedFields !== undefined;
      const sent = await server.ask({ by, headers: { accept, ...headers }, body: { query, variables } });
      await quiet(one);
      const isByApollo = toApollo().mock.calls.length > 0;
      observations.push({ by, kind, isDeniedByToken, ran: [...ran], isByApollo, sent });
    }
  }
  return observations;
}

/** Resolvers may go on when their answer is of no use any more. */
async function quiet({ weather }: Case): Promise<void> {
  for (let turn = 0; turn < (weather.timing === 'async' ? 10 : 0); turn += 1) await setImmediate();
}

/** The parts of an answer that do not depend on the order in which promises settle, as the order of errors does. */
function essenceOf(sent: Sent | undefined) {
  const { data, errors = [] } = JSON.parse(sent?.body ?? '{}');
  return { status: sent?.status, data, hasErrors: errors.length > 0 };
}

type Is = (comparison: Comparison) => boolean;

const isGranted: Is = ({ kind, ran }) => kind === 'unguarded' && ran.length > 0;
const isDenied: Is = ({ isDeniedByToken }) => isDeniedByToken;
const isFast: Is = ({ isByApollo }) => !isByApollo;
const isCompiled: Is = ({ ran }) => ran.includes('compiled');
const isAsync: Is = ({ one }) => one.weather.timing === 'async';
const isSync: Is = ({ one }) => one.weather.timing === 'sync';
const has =
  (text: string): Is =>
  ({ sent }) =>
    sent.body.includes(text);
const isTypedBy =
  (by: string): Is =>
  ({ one }) =>
    typedBy(one.schema, one.document) === by;

/** Returns the number of cases in which it was seen. */
function timesReached(comparisons: readonly Comparison[], are: readonly Is[]): number {
  const like = comparisons.filter((comparison) => are.every((is) => is(comparison)));
  return new Set(like.map(({ one }) => one)).size;
}

// In the title, so that a failure can be brought back.
const { numRuns = 50, seed = Date.now() % 2 ** 31 } = fc.readConfigureGlobal();

const sample = (size: number, batch: number) =>
  fc
    .sample(fc.gen().map(randomOperation), { numRuns: size, seed: seed + batch })
    .filter(({ schema, document }) => validate(schema, document).length === 0);

const REACHED: readonly (readonly [what: string, percent: number, are: Is[]])[] = [
  ['refusals', 10, [({ kind }) => kind === 'refused']],
  ['guarded runs', 10, [({ kind }) => kind === 'guarded']],
  ['fields that the token denies, on the fast path', 2, [isDenied, isFast, ({ ran }) => ran.includes('bare')]],
  ['fields that the token denies, compiled', 2, [isDenied, isFast, isCompiled]],
  ['reports', 5, [has('"authorization":{"mode":"report"')]],
  ...CALLER_KINDS.map((by): [string, number, Is[]] => [by, 5, [(each) => each.by === by, isGranted]]),
  ['a mutation', 1, [isGranted, ({ one }) => one.source.startsWith('mutation')]],
  ['the fast path', 10, [isFast, ({ ran }) => ran.includes('bare')]],
  ['the fast path, compiled', 10, [isFast, isCompiled]],
  ['an error at once', 2, [isFast, isCompiled, isSync, has('"errors"')]],
  ['an error in time', 2, [isFast, isCompiled, isAsync, has('"errors"')]],
  ['null at once', 2, [isFast, isCompiled, isSync, has(':null')]],
  ['null in time', 2, [isFast, isCompiled, isAsync, has(':null')]],
  ['types by resolveType', 4, [isFast, isCompiled, isTypedBy('resolveType')]],
  ['types by isTypeOf', 1, [isFast, isCompiled, isTypedBy('isTypeOf')]],
];

describe(`random schemas, operations, callers and resolvers (seed ${seed})`, () => {
  const comparisons: Comparison[] = [];
  beforeAll(async () => {
    const compareAll = async (cases: readonly Case[]) => {
      for (const one of cases) comparisons.push(...(await compare(one)));
    };
    const isMissing = ([, percent, are]: (typeof REACHED)[number]) =>
      timesReached(comparisons, are) < (numRuns * percent) / 100;
    await compareAll(sample(numRuns, 0));
    // Chance can leave something out: more cases are made then.
    for (let batch = 1; batch <= 12 && REACHED.some(isMissing); batch += 1) {
      await compareAll(sample(numRuns / 4, batch));
    }
  }, 600_000);

  it('are answered with the same bytes whichever way the operation takes, the first time and later', () => {
    for (const { one, sent, expected } of comparisons) {
      const query = one.source;
      expect({ query, ...sent }).toEqual({ query, ...expected });
    }
  });

  it('are answered with the same status and data by the rules of graphql-shield alone, as the fast path is', () => {
    for (const { one, sent, byRulesAlone } of comparisons) {
      const query = one.source;
      expect({ query, ...essenceOf(byRulesAlone) }).toEqual({ query, ...essenceOf(sent) });
    }
  });

  it('run guarded or not at all, by Apollo Server, when the token does not decide all', () => {
    for (const { kind, isDeniedByToken, ran, isByApollo } of comparisons) {
      if (kind === 'unguarded' || isDeniedByToken) continue;
      expect(kind === 'refused' ? [[]] : [[], ['guarded']]).toContainEqual(ran);
      expect(isByApollo).toBe(true);
    }
  });

  it('run without guards when all is granted', () => {
    for (const { kind, ran } of comparisons) if (kind === 'unguarded') expect(ran).not.toContain('guarded');
  });

  it.each(REACHED)('reach %s, in %i % of the cases or more', (_what, percent, are) => {
    expect(timesReached(comparisons, are)).toBeGreaterThanOrEqual((numRuns * percent) / 100);
  });
});
