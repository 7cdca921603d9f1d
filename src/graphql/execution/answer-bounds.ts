import type { ApolloServerPlugin } from '@apollo/server';
import type { FormattedExecutionResult, OperationTypeNode } from 'graphql';
import type { DescribeLimit } from '../../config/limit-error.js';
import type { Limits } from '../../config/limits.js';
import type { HasRoom } from '../../http/connections/slow-readers.js';
import { isSpent } from './answer-budget.js';
import { mostLength, stringifyWithin } from './stringify-within.js';

/** An answer that takes the place of one that is too large. */
export interface SmallAnswer {
  readonly status: 200 | 503;
  readonly result: FormattedExecutionResult;
}

/** Bounds the bytes of an answer, and the bytes of all answers that wait for their clients. */
export interface AnswerBounds {
  /** Returns the text of an answer to a query, or the small answer that replaces it. */
  stringify(answer: FormattedExecutionResult): string | SmallAnswer;
  /** Returns the answer that replaces one that is too large, for answers that are written elsewhere. */
  bound(answer: FormattedExecutionResult, operation: `${OperationTypeNode}`): SmallAnswer | undefined;
  /** Creates the plugin that bounds the answers of Apollo Server, over HTTP and over WebSocket. It must be the last one. */
  plugin(): ApolloServerPlugin;
}

const RAN = 'The mutation ran, and the changes of its fields that did not fail are committed.';

/** Creates the bounds. Only an answer that can be too large is measured exactly. */
export function createAnswerBounds(options: {
  readonly limits: Pick<Limits, 'answerBytes'>;
  readonly describeLimit: DescribeLimit;
  readonly hasRoom: HasRoom;
}): AnswerBounds {
  const { limits, describeLimit, hasRoom } = options;

  function tooLarge(operation: `${OperationTypeNode}`): SmallAnswer {
    return { status: 200, result: { errors: [ofOperation(describeLimit('answerBytes'), operation)], data: null } };
  }

  function noRoom(operation: `${OperationTypeNode}`): SmallAnswer {
    const error = describeLimit('bufferedBytes', undefined, 'SERVICE_UNAVAILABLE');
    // A status says that nothing ran.
    const status = operation === 'query' ? 503 : 200;
    return { status, result: { errors: [ofOperation(error, operation)], ...(status === 200 && { data: null }) } };
  }

  function judge(text: string | undefined, operation: `${OperationTypeNode}`): string | SmallAnswer {
    if (text === undefined) return tooLarge(operation);
    const isShort = text.length * MAX_BYTES_OF_UNIT <= limits.answerBytes;
    const bytes = isShort ? text.length : Buffer.byteLength(text);
    if (bytes > limits.answerBytes) return tooLarge(operation);
    return hasRoom(bytes) ? text : noRoom(operation);
  }

  /** The text is written elsewhere, so only an answer that can be too large is written here to be measured. */
  function bound(result: FormattedExecutionResult, operation: `${OperationTypeNode}`): SmallAnswer | undefined {
    if (result.errors?.some(isSpent)) return tooLarge(operation);
    const most = mostLength(result, limits.answerBytes);
    // It counts as the most that it can have. What really waits is looked at each second, and before anything is refused.
    if (most <= limits.answerBytes) return hasRoom(most) ? undefined : noRoom(operation);
    const judged = judge(stringifyWithin(result, limits.answerBytes), operation);
    return typeof judged === 'string' ? undefined : judged;
  }

  return {
    bound,
    stringify: (answer) =>
      answer.errors?.some(isSpent) ? tooLarge('query') : judge(stringifyWithin(answer, limits.answerBytes), 'query'),
    plugin: () => ({
      async requestDidStart() {
        return {
          async willSendResponse({ response: { body, http }, operation }) {
            if (body.kind !== 'single') return;
            const small = bound(body.singleResult, operation?.operation ?? 'query');
            if (!small) return;
            body.singleResult = small.result;
            if (small.status !== 503) return;
            http.status = small.status;
            http.headers.set('retry-after', '1');
          },
        };
      },
    }),
  };
}

/** UTF-8 has at most three bytes for each unit of a JavaScript string. */
const MAX_BYTES_OF_UNIT = 3;

function ofOperation(error: ReturnType<DescribeLimit>, operation: `${OperationTypeNode}`) {
  const { message, extensions } = error;
  return operation === 'mutation' ? { message: `${message} ${RAN}`, extensions } : { message, extensions };
}
