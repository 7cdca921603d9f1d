import { setImmediate } from 'node:timers/promises';
import type { ExecutionResult } from 'graphql';
import { describe, expect, it } from 'vitest';
import {
  createSharedAnswers,
  operationKey,
  type Subscribed,
} from '../../../../src/graphql/websocket/operations/shared-answers.js';
import { callerOf } from '../../../support/callers.js';
import { countPromisesDuring } from '../../../support/execution/count-promises.js';

const caller = callerOf('erin');
const ordinary = {
  event: Object.freeze({ id: 1 }) as unknown,
  subscribed: { key: 'a', caller, signal: new AbortController().signal } as Subscribed,
  isGood: true,
};

/** Answers the same event for several subscriptions. Returns for each by which of them its answer was made. */
async function makersOf(others: readonly Partial<typeof ordinary>[], isShareable = true) {
  const answers = createSharedAnswers(() => isShareable);
  const answered = others.map(async (other, index) => {
    const { event, subscribed, isGood } = { ...ordinary, ...other };
    const make = async (): Promise<ExecutionResult> => {
      await setImmediate();
      return { data: { maker: index } };
    };
    const result = await answers.answer(event, subscribed, make, async () => isGood);
    return result?.data?.maker;
  });
  return Promise.all(answered);
}

function subscribedWith(other: Partial<Subscribed>) {
  return { subscribed: { ...ordinary.subscribed, ...other } };
}

describe('the answer to an event', () => {
  it('is made once for subscriptions of one token with the same operation', async () => {
    expect(await makersOf([{}, {}, {}])).toEqual([0, 0, 0]);
  });

  it.each([
    ['another token of the caller', subscribedWith({ caller: { ...caller } })],
    ['no token', subscribedWith({ caller: undefined })],
    ['another operation', subscribedWith({ key: 'b' })],
    ['another event', { event: Object.freeze({ id: 1 }) }],
  ])('is not shared with a subscription that has %s', async (_what, other) => {
    expect(await makersOf([{}, other])).toEqual([0, 1]);
  });

  it('is not shared if the resource does not say that the event belongs to one change', async () => {
    expect(await makersOf([{}, {}], false)).toEqual([0, 1]);
  });

  it('is made again for the others when its client leaves', async () => {
    expect(await makersOf([subscribedWith({ signal: AbortSignal.abort() }), {}, {}])).toEqual([undefined, 1, 1]);
  });

  it('is made by others as soon as its client leaves, however long it would have taken', async () => {
    const answers = createSharedAnswers(() => true);
    const client = new AbortController();
    const { event, subscribed } = ordinary;
    const never = () => new Promise<never>(() => undefined);
    const isGood = async () => true;
    void answers.answer(event, { ...subscribed, signal: client.signal }, never, isGood);
    const made: ExecutionResult = { data: { maker: 1 } };
    const others = [1, 2].map(() => answers.answer(event, subscribed, async () => made, isGood));
    client.abort();
    expect(await Promise.all(others)).toEqual([made, made]);
  });

  it('that fails is the failure of one subscription, and the others make their own at the same time', async () => {
    const answers = createSharedAnswers(() => true);
    const { event, subscribed } = ordinary;
    let making = 0;
    let most = 0;
    const makers = ['fails', 'one', 'fails', 'another'].map((maker) => async (): Promise<ExecutionResult> => {
      making += 1;
      await setImmediate();
      most = Math.max(most, making);
      making -= 1;
      if (maker === 'fails') throw new Error('not made');
      return { data: { maker } };
    });
    const answered = makers.map((make) => answers.answer(event, subscribed, make, async () => true));
    const settled = await Promise.allSettled(answered);
    const makerOf = (outcome: PromiseSettledResult<ExecutionResult | undefined>) =>
      outcome.status === 'fulfilled' ? outcome.value?.data?.maker : outcome.status;
    expect(settled.map(makerOf)).toEqual(['rejected', 'one', 'rejected', 'another']);
    expect(most).toBe(3);
  });

  it('costs two promises if it is not shared', async () => {
    const answers = createSharedAnswers(() => true);
    const made = Promise.resolve({ data: {} });
    const answerAll = (count: number) => () =>
      Array.from({ length: count }, (_, id) =>
        answers.answer(
          { id },
          ordinary.subscribed,
          () => made,
          async () => true,
        ),
      ).at(-1);
    await countPromisesDuring(answerAll(1));
    const many = await countPromisesDuring(answerAll(30));
    const few = await countPromisesDuring(answerAll(10));
    expect(many - few).toBe(2 * 20);
  });

  it('is not given to a subscription whose token is no longer good', async () => {
    expect(await makersOf([{}, { isGood: false }, {}])).toEqual([0, undefined, 0]);
  });
});

describe('the key of an operation', () => {
  it.each([
    ['query', { query: '{ b }' }],
    ['name', { operationName: 'B' }],
    ['variables', { variables: { id: 2 } }],
  ])('differs by its %s', (_what, other) => {
    const request = { query: '{ a }', operationName: 'A', variables: { id: 1 } };
    expect(operationKey({ ...request, ...other })).not.toBe(operationKey(request));
  });
});
