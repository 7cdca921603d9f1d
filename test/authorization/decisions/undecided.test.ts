import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { Denial } from '../../../src/authorization/authorization.js';
import { PolicyTimeoutError } from '../../../src/authorization/guards/policies.js';
import { ask, authorize, user } from '../harness.js';

const sdl =
  'type Query { open: Int @public  secrets: [Secret!] @authenticated } type Secret { text: Int @policy(policies: [["p"]]) }';

/** Asks for a field whose policy throws this. */
async function answerTo(thrown: unknown, mode: 'enforce' | 'report' = 'enforce') {
  const told: Denial[] = [];
  const api = authorize(
    sdl,
    { Query: { open: () => 1, secrets: () => [{ text: 1 }, { text: 2 }] } },
    { mode, policies: { p: () => Promise.reject(thrown) }, onDenied: (denial) => told.push(denial) },
  );
  const { data, errors } = await ask(api, '{ open secrets { text } }', { caller: user() });
  return { data, told, errors: errors.map(({ path, code }) => [path, code]) };
}

const withCode = (code: string) => new GraphQLError('Try again later.', { extensions: { code, retryAfterSeconds: 5 } });

describe('a policy that could not look', () => {
  it.each(['SERVICE_UNAVAILABLE', 'RATE_LIMITED', 'LIMIT_EXCEEDED'])(
    'because of %s says so, and denies nothing',
    async (code) => {
      expect(await answerTo(withCode(code))).toEqual({
        data: { open: 1, secrets: [{ text: null }, { text: null }] },
        told: [],
        errors: [
          ['secrets.0.text', code],
          ['secrets.1.text', code],
        ],
      });
    },
  );

  it('in time says so', async () => {
    const { data, errors } = await answerTo(new PolicyTimeoutError('no answer within 30 ms'));
    expect(data).toEqual({ open: 1, secrets: [{ text: null }, { text: null }] });
    expect(errors.map(([, code]) => code)).toEqual(['SERVICE_UNAVAILABLE', 'SERVICE_UNAVAILABLE']);
  });

  it('decides nothing in report mode', async () => {
    expect(await answerTo(withCode('SERVICE_UNAVAILABLE'), 'report')).toMatchObject({
      data: { secrets: [{ text: 1 }, { text: 2 }] },
      told: [],
    });
  });
});

describe('a policy that failed for another reason', () => {
  it.each([new Error('a mistake'), withCode('BAD_USER_INPUT'), 'text', null, undefined])(
    'denies (%s)',
    async (thrown) => {
      const { told, errors } = await answerTo(thrown);
      expect(errors.map(([, code]) => code)).toEqual(['FORBIDDEN', 'FORBIDDEN']);
      expect(told).toHaveLength(2);
    },
  );
});
