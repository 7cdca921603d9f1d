import fc from 'fast-check';
import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../../src/config/limits.js';
import { fitRefusal } from '../../../../src/graphql/websocket/bounds/fit-refusal.js';

const { refusalBytesPerByte } = defaultLimits;

function errorsOf(messages: readonly string[]): GraphQLError[] {
  return messages.map((message) => new GraphQLError(message, { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }));
}

function refuse(errors: readonly GraphQLError[], length: number, id = '1') {
  const shown = fitRefusal(errors, { id, length }, defaultLimits);
  return { shown, bytes: Buffer.byteLength(JSON.stringify({ id, type: 'error', payload: shown })) };
}

describe('the errors of a refused message', () => {
  const five = errorsOf(['one', 'two', 'three', 'four', 'five']);
  const whole = refuse(five, 10_000);
  /** Length of the shortest message for which all five fit. */
  const length = Math.ceil(whole.bytes / refusalBytesPerByte);

  it('are all shown if they just fit', () => {
    expect(whole.shown).toBe(five);
    expect(refuse(five, length).shown).toBe(five);
  });

  it('are counted if they just do not fit', () => {
    const { shown } = refuse(five, length - 1);
    expect(shown.length).toBeLessThan(five.length);
    const more = five.length - shown.length;
    expect(shown.at(-1)?.toJSON()).toEqual({
      message: `${five[shown.length - 1]?.message} (and ${more} more ${more === 1 ? 'error' : 'errors'})`,
      extensions: {
        code: 'GRAPHQL_VALIDATION_FAILED',
        moreErrors: more,
        limit: { name: 'refusalBytesPerByte', maximum: refusalBytesPerByte },
      },
    });
  });

  it('add those that were left out before to the count', () => {
    const counted = new GraphQLError('five', { extensions: { code: 'BAD_USER_INPUT', moreErrors: 45 } });
    const { shown } = refuse([...five.slice(0, 4), counted], 60);
    expect(shown.at(-1)?.extensions.moreErrors).toBe(5 - shown.length + 45);
  });

  it('are one error without details if the message is tiny', () => {
    const large = new GraphQLError('denied', { extensions: { code: 'FORBIDDEN', hint: 'x'.repeat(1_000) } });
    const { shown, bytes } = refuse([large], 55);
    expect(shown.map((error) => error.toJSON())).toEqual([{ message: 'denied', extensions: { code: 'FORBIDDEN' } }]);
    expect(bytes).toBeLessThanOrEqual(55 * refusalBytesPerByte);
  });

  it('never take more bytes than the bound for a message of at least 90 bytes', () => {
    const message = fc.string({ maxLength: defaultLimits.errorMessageLength, unit: 'grapheme-ascii' });
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 90, max: 500 }),
        (texts, size) => {
          const { shown, bytes } = refuse(errorsOf(texts), size);
          expect(bytes).toBeLessThanOrEqual(refusalBytesPerByte * size);
          const more = Number(shown.at(-1)?.extensions.moreErrors ?? 0);
          expect(shown.length + more).toBe(texts.length);
        },
      ),
    );
  });
});
