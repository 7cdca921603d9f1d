import type { FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { DeniedField, DeniedFields } from '../../../authorization/operations/denied-fields.js';
import type { AnswerBudget } from '../answer-budget.js';
import type { NulledPositions } from './nulled-positions.js';

/** One operation of a document, in one schema. */
export interface Operation {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
}

export type RunInput = Pick<Run, 'context' | 'variables' | 'budget' | 'rootValue'> & {
  readonly denied?: DeniedFields | undefined;
};

type DenialsOf = (fields: readonly { readonly coordinate: string }[]) => readonly (DeniedField | undefined)[];

/** Creates the lookup for one run. It looks the fields of a selection up once for all objects. */
export function createDenialsOf(denied: DeniedFields): DenialsOf {
  const known = new Map<object, readonly (DeniedField | undefined)[]>();
  return (fields) => {
    const found = known.get(fields) ?? fields.map(({ coordinate }) => denied.get(coordinate));
    known.set(fields, found);
    return found;
  };
}

/** State that the fields of one run share. */
export interface Run {
  readonly context: object;
  /** The event that a subscription answers. */
  readonly rootValue?: unknown;
  /** As coerced by graphql-js. */
  readonly variables: Readonly<Record<string, unknown>>;
  /**
   * Returns the denial of each field of a selection, if it has one. Such a field is an error and is not resolved. Undefined:
   * nothing is denied.
   */
  readonly denialsOf: DenialsOf | undefined;
  readonly failures: NulledPositions;
  readonly budget: AnswerBudget;
}
