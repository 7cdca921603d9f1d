import type { Authorization } from '../../authorization/authorization.js';
import type { ErrorFormatter } from '../apollo/error-format.js';
import type { CheckCost } from '../cost/operation-cost.js';
import type { VariableBounds } from '../documents/variable-bounds.js';
import type { DenialLog } from '../refusals/denial-log.js';
import type { ResourceContext } from '../resource.js';
import type { AnswerBounds } from './answer-bounds.js';
import type { UnguardedExecution } from './unguarded-execution.js';
import type { ValidatedQueries } from './validated-queries.js';

/** The steps of an operation, which are the same with Apollo Server and without it. */
export interface OperationSteps {
  readonly authorization: Authorization<ResourceContext>;
  readonly checkCost: CheckCost;
  /** Undefined: every operation runs behind the guards of its fields. */
  readonly executeUnguarded: UnguardedExecution | undefined;
  readonly validatedQueries: ValidatedQueries;
  readonly variableBounds: VariableBounds;
  readonly answerBounds: AnswerBounds;
  readonly formatError: ErrorFormatter;
  readonly denialLog: DenialLog;
}
