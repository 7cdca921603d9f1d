import {
  type FieldNode,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  GraphQLSkipDirective,
  getDirectiveValues,
  type InlineFragmentNode,
  isAbstractType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Operation } from './run.js';

/** Nodes by response key, in the order of the response. */
export type CollectedFields = ReadonlyMap<string, readonly [FieldNode, ...FieldNode[]]>;

/**
 * Merges selection sets for one object type (GraphQL specification, CollectFields).
 *
 * @param variables decide `@skip` and `@include`
 */
export function collectFields(
  operation: Pick<Operation, 'schema' | 'fragments'>,
  type: GraphQLObjectType,
  selectionSets: readonly SelectionSetNode[],
  variables: Readonly<Record<string, unknown>>,
): CollectedFields {
  const { schema, fragments } = operation;
  const fields = new Map<string, [FieldNode, ...FieldNode[]]>();
  const visited = new Set<string>();
  const collect = ({ selections }: SelectionSetNode) => {
    for (const selection of selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) collectSpread(selection.name.value, selection);
      else if (!isIncluded(selection, variables)) continue;
      else if (selection.kind === Kind.FIELD) collectField(selection);
      else if (applies(selection.typeCondition)) collect(selection.selectionSet);
    }
  };
  const collectField = (node: FieldNode) => {
    const key = (node.alias ?? node.name).value;
    const nodes = fields.get(key);
    if (nodes) nodes.push(node);
    else fields.set(key, [node]);
  };
  const collectSpread = (name: string, spread: SelectionNode) => {
    const fragment = fragments[name];
    if (!fragment || visited.has(name) || !isIncluded(spread, variables)) return;
    visited.add(name);
    if (applies(fragment.typeCondition)) collect(fragment.selectionSet);
  };
  const applies = (condition: InlineFragmentNode['typeCondition']) => {
    if (!condition || condition.name.value === type.name) return true;
    const conditionType = schema.getType(condition.name.value);
    return isAbstractType(conditionType) && schema.isSubType(conditionType, type);
  };
  selectionSets.forEach(collect);
  return fields;
}

function isIncluded(node: SelectionNode, variables: Readonly<Record<string, unknown>>): boolean {
  if (!node.directives || node.directives.length === 0) return true;
  if (getDirectiveValues(GraphQLSkipDirective, node, variables)?.if === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false;
}
