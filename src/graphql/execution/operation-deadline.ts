import type { FormattedExecutionResult } from 'graphql';
import type { DescribeLimit } from '../../config/limit-error.js';
import type { Limits } from '../../config/limits.js';
import type { ResourceContext } from '../resource.js';

/**
 * Bounds the time until an operation is answered, whatever its resolvers wait for. Resolvers cannot be stopped. Those that
 * still run are abandoned, and the database refuses their statements.
 */
export interface OperationDeadline {
  /**
   * Returns the answer, or that of `late` at the end of the time.
   *
   * @param late makes an answer of the error
   */
  bound<Answer>(
    answering: Promise<Answer>,
    context: ResourceContext,
    late: (result: FormattedExecutionResult) => Answer,
  ): Promise<Answer>;
}

/** The database ends what runs at the end of the time. This deadline comes a little later, when that was not enough. */
export function createOperationDeadline(
  limits: Pick<Limits, 'operationSeconds' | 'operationGraceSeconds'>,
  describeLimit: DescribeLimit,
): OperationDeadline {
  const ms = (limits.operationSeconds + limits.operationGraceSeconds) * 1000;
  return {
    bound: (answering, context, late) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          const result = lateResult(context, describeLimit);
          context.abandon?.();
          resolve(late(result));
        }, ms);
        answering.then(resolve, reject).finally(() => clearTimeout(timer));
      }),
  };
}

/** Says which changes are stored, because the client must not repeat them. */
function lateResult(context: ResourceContext, describeLimit: DescribeLimit): FormattedExecutionResult {
  const { message, extensions } = describeLimit('operationSeconds');
  return { errors: [{ message, extensions: { ...extensions, ...context.changes?.() } }], data: null };
}
