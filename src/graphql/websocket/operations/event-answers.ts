import { type ExecutionResult, GraphQLError } from 'graphql';
import type { ErrorFormatter } from '../../apollo/error-format.js';
import { formatResult } from '../../apollo/format-result.js';
import type { LeavePlace } from '../../caller-places.js';
import { unformatted } from './socket-errors.js';

/**
 * The answers to a source's events, until `answer` has none. This is not a generator function, because a generator ignores
 * `return()` while it waits and a source can be silent for hours.
 */
export function answerEvents(
  source: AsyncIterable<unknown>,
  options: {
    answer(event: unknown): Promise<ExecutionResult | undefined>;
    readonly formatError: ErrorFormatter;
    /** Called once the source has ended. */
    readonly leave: LeavePlace;
  },
): AsyncGenerator<ExecutionResult, void, void> {
  const { answer, formatError, leave } = options;
  const events = source[Symbol.asyncIterator]();
  const finish = async () => {
    try {
      await events.return?.();
    } catch (error) {
      // The client no longer waits, so it goes to the log alone.
      toSendable(error, formatError);
    } finally {
      leave();
    }
    return { done: true, value: undefined } as const;
  };
  return {
    async next() {
      try {
        const { done, value: event } = await events.next();
        const value = done ? undefined : await answer(event);
        return value === undefined ? await finish() : { done: false, value };
      } catch (error) {
        await finish();
        throw toSendable(error, formatError);
      }
    },
    return: finish,
    async throw(error) {
      await finish();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function toSendable(error: unknown, formatError: ErrorFormatter): GraphQLError | undefined {
  const original = error instanceof GraphQLError ? error : new GraphQLError('', { originalError: toError(error) });
  const { errors = [] } = unformatted(formatResult({ errors: [original] }, formatError));
  return errors[0];
}

function toError(value: unknown): Error {
  return value instanceof Error ? value : new Error('something else than an error was thrown', { cause: value });
}
