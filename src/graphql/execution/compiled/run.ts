import type { FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { DeniedFields } from '../../../authorization/operations/denied-fields.js';
import type { AnswerBudget } from '../answer-budget.js';
import type { NulledPositions } from './nulled-positions.js';

/** One operation of a document, in one schema. */
export interface Operation {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
}

export type RunInput = Pick<Run, 'context' | 'variables' | 'denied' | 'budget' | 'rootValue'>;

/** State that the fields of one run share. */
export interface Run {
  readonly context: object;
  /** The event that a subscription answers. */
  readonly rootValue?: unknown;
  /** As coerced by graphql-js. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** The fields that are errors and are not resolved. */
  readonly denied?: DeniedFields | undefined;
  readonly failures: NulledPositions;
  readonly budget: AnswerBudget;
}
