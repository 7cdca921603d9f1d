import { type FormattedExecutionResult, OperationTypeNode } from 'graphql';
import { isPromise } from '../../values/is-promise.js';
import { endOperation } from '../apollo/operation-span.js';
import { refusalOfAll } from '../refusals/nothing-ran.js';
import type { ResourceContext } from '../resource.js';
import { createKnownOperations } from './known-operations.js';
import type { OperationSteps } from './operation-steps.js';

/** A subscription and an event of it. */
interface AskedEvent {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly event: unknown;
}

/** Answers an event without Apollo Server. Undefined: that is for Apollo Server to do, and nothing has run yet. */
export type EventPath = (
  asked: AskedEvent,
  context: ResourceContext,
) => FormattedExecutionResult | Promise<FormattedExecutionResult> | undefined;

/**
 * Creates the fast path for events: a thousand subscribers make a thousand answers of one change. It decides each event for
 * its caller as it is at that time. Its answers are those of Apollo Server, which a test holds.
 */
export function createEventPath(steps: OperationSteps, nameOperation: (name: string | undefined) => void): EventPath {
  const runKnown = createKnownOperations(steps, nameOperation);
  return (asked, context) => {
    const known = runKnown({ ...asked, type: OperationTypeNode.SUBSCRIPTION }, context);
    if (!known) return undefined;
    const { operation, result } = known;
    const answer = (answered: FormattedExecutionResult): FormattedExecutionResult => {
      steps.denialLog.write(context);
      endOperation(context, { operation, errors: answered.errors });
      const refusal = answered.errors && refusalOfAll(answered, context);
      const sent = refusal ? { errors: refusal.errors } : answered;
      return steps.answerBounds.bound(sent, 'subscription')?.result ?? sent;
    };
    return isPromise(result) ? result.then(answer) : answer(result);
  };
}
