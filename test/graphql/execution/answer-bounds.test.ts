import { expect, it } from 'vitest';
import { createDescribeLimit } from '../../../src/config/limit-error.js';
import { defaultLimits } from '../../../src/config/limits.js';
import { createAnswerBounds } from '../../../src/graphql/execution/answer-bounds.js';

const limits = { ...defaultLimits, answerBytes: 6_000 };
const { bound } = createAnswerBounds({
  limits,
  describeLimit: createDescribeLimit(limits, true),
  hasRoom: () => true,
});

/** An answer of so many characters as JSON, beside what each of its values has at least. */
const answers = {
  'long numbers': { list: Array<number>(300).fill(-2.2250738585072014e-308) },
  'texts of control characters': { list: Array<string>(300).fill('\u0000\u0000\u0000\u0000') },
  'texts that are long': { list: Array<string>(3).fill('x'.repeat(2_100)) },
};

it.each(Object.entries(answers))('replaces an answer with too many bytes in %s', (_what, data) => {
  expect(bound({ data }, 'mutation')?.result.errors?.[0]?.extensions).toMatchObject({ limit: { name: 'answerBytes' } });
});

it.each(Object.entries(answers))('lets an answer through that has fewer of %s', (_what, { list }) => {
  expect(bound({ data: { list: list.slice(0, Math.ceil(list.length / 2)) } }, 'mutation')).toBeUndefined();
});
