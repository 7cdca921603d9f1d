import { type FormattedExecutionResult, type OperationDefinitionNode, OperationTypeNode } from 'graphql';
import { needsNoGuards } from '../../authorization/operations/check-operation.js';
import { recordOf } from '../../http/operation-record.js';
import type { ResourceContext } from '../resource.js';
import { hasUndecidedRoles } from '../undecided-caller.js';
import type { OperationSteps } from './operation-steps.js';

/** A query, or the answer to an event of a subscription. */
interface AskedOperation {
  readonly type: OperationTypeNode.QUERY | OperationTypeNode.SUBSCRIPTION;
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  /** The event that a subscription answers. */
  readonly event?: unknown;
}

/** An operation that runs. */
interface RunningOperation {
  readonly operation: OperationDefinitionNode;
  readonly result: FormattedExecutionResult | Promise<FormattedExecutionResult>;
}

/** Runs an operation without Apollo Server. Undefined: Apollo Server has to run it, and nothing of it has run yet. */
type RunKnown = (asked: AskedOperation, context: ResourceContext) => RunningOperation | undefined;

/**
 * Creates the function that runs known operations. Apollo Server has answered them before, and the caller's token decides
 * every field. Their documents are not read and validated again. Checks that depend on the caller or the variables run
 * again, by the same functions.
 */
export function createKnownOperations(
  steps: OperationSteps,
  nameOperation: (name: string | undefined) => void,
): RunKnown {
  const { executeUnguarded } = steps;
  if (!executeUnguarded) return () => undefined;
  return ({ type, query, operationName, variables, event }, context) => {
    const { caller } = context;
    // Groups of a caller are looked up in Apollo Server's pipeline.
    if (hasUndecidedRoles(caller)) return undefined;
    const known = steps.validatedQueries.find(query, operationName);
    if (known?.operation.operation !== type || steps.variableBounds.check(variables)) return undefined;
    const { document, operation } = known;
    // Without the context: Apollo Server's pipeline reports denials to the log.
    const isEvent = type === OperationTypeNode.SUBSCRIPTION;
    const decision = steps.authorization.check({ document, operationName, variables, caller, isEvent });
    if (!needsNoGuards(decision)) return undefined;
    // The variables of this request can ask for more than those that came before.
    const record = recordOf(context);
    if (steps.checkCost({ document, operation, variables, record })) return undefined;
    nameOperation(operation.name?.value);
    const denied = decision.deniedFields;
    const result = executeUnguarded({ document, operation, operationName, variables, context, denied, event });
    return result && { operation, result };
  };
}
