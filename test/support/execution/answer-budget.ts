import { defaultLimits } from '../../../src/config/limits.js';
import { createAnswerBudgets } from '../../../src/graphql/execution/answer-budget.js';

/** Makes the budget of one execution, with the limits at their defaults. */
export const createBudget = createAnswerBudgets(defaultLimits);
