import {
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  type OperationDefinitionNode,
  typeFromAST,
} from 'graphql';
import type { Caller } from '../../authentication/caller.js';
import { distinct } from '../../values/distinct.js';
import { createDecisions } from '../decisions/decisions.js';
import { findActiveUses } from '../operations/active-uses.js';
import { findUsedInputs } from '../operations/argument-requirements.js';
import { createPlanner, fragmentsOf } from '../operations/planner.js';
import { createProtectedInputs } from '../requirements/protected-inputs.js';
import { dependsOnObjects, type ElementRequirement, type RequirementTable } from '../requirements/requirement-table.js';
import { explain } from './explain-access.js';

/** A part of an operation that a caller may not use. */
export interface DeniedPart {
  readonly coordinate: string;
  /** Description in words of what the token lacks. */
  readonly missing: string;
  /** Whether it is an input inside a variable, so that it is denied only if the client sends it. */
  readonly ifSent: boolean;
}

/** Whether a caller may run an operation. */
export interface OperationAccess {
  /**
   * `DEPENDS`: policies decide for each object. `PARTIAL`: some fields are null with an error, or some values of variables
   * are refused. `DENIED`: no field runs.
   */
  readonly decision: 'ALLOWED' | 'DEPENDS' | 'PARTIAL' | 'DENIED';
  readonly denied: readonly DeniedPart[];
}

/** Decides operations whose variables are not known. */
export type FindOperationAccess = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
  caller: Caller | undefined,
) => OperationAccess;

/**
 * Creates the function that says who may run an operation of a document which is valid for the schema. What `@skip` and
 * `@include` leave to variables counts as selected.
 */
export function createOperationAccess(schema: GraphQLSchema, table: RequirementTable): FindOperationAccess {
  const decisions = createDecisions(table.requirements);
  const protectedInputs = createProtectedInputs(schema, table.inputs);
  const planner = createPlanner({ schema, table, protectedInputs });

  function deniedOf(element: ElementRequirement, caller: Caller | undefined, ifSent = false): readonly DeniedPart[] {
    const { missing } = explain(element, decisions.decide(element.requirement, caller));
    return missing === undefined ? [] : [{ coordinate: element.coordinate, missing, ifSent }];
  }

  return (document, operation, caller) => {
    const isQuery = operation.operation === 'query';
    const active = findActiveUses(planner(operation, fragmentsOf(document)), {});
    const roots = active.filter(({ use }) => use.isRoot);
    const denialsIn = (uses: typeof active) => uses.flatMap(({ use }) => deniedOf(use.requirement, caller));
    // Fields below a denied root field are not reached.
    const hasNoRoot = roots.every(({ use }) => deniedOf(use.requirement, caller).length > 0);
    const fields = denialsIn(hasNoRoot ? roots : active);
    const written = new Set(findUsedInputs(active, {}, protectedInputs).map(({ element }) => element));
    const sendable = findUsedInputs(active, fullVariables(schema, operation), protectedInputs)
      .map(({ element }) => element)
      .filter((element) => !written.has(element));
    const inputs = [...written].flatMap((element) => deniedOf(element, caller));
    const ifSent = sendable.flatMap((element) => deniedOf(element, caller, true));
    const denied = distinct([...fields, ...inputs, ...ifSent], ({ coordinate }) => coordinate);
    const refusesFields = isQuery ? hasNoRoot && fields.length > 0 : fields.length > 0;
    if (refusesFields || inputs.length > 0) return { decision: 'DENIED', denied };
    if (denied.length > 0) return { decision: 'PARTIAL', denied };
    return { decision: active.some(({ use }) => dependsOnObjects(use.requirement)) ? 'DEPENDS' : 'ALLOWED', denied };
  };
}

/** Returns a value for each variable that has every input field that a client can send. */
function fullVariables(schema: GraphQLSchema, { variableDefinitions = [] }: OperationDefinitionNode) {
  return Object.fromEntries(
    variableDefinitions.map(({ variable, type }) => {
      const named = typeFromAST(schema, type);
      return [variable.name.value, named && isInputType(named) ? fullValue(named, new Set()) : null];
    }),
  );
}

/** Uses each input object once, because a second one would have the same coordinates. */
function fullValue(type: GraphQLInputType, seen: Set<string>): unknown {
  if (isNonNullType(type)) return fullValue(type.ofType, seen);
  if (isListType(type)) return [fullValue(type.ofType, seen)];
  if (!isInputObjectType(type) || seen.has(type.name)) return null;
  seen.add(type.name);
  return Object.fromEntries(Object.values(type.getFields()).map((field) => [field.name, fullValue(field.type, seen)]));
}
