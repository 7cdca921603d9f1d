import { type DocumentNode, type GraphQLSchema, getOperationAST, getVariableValues } from 'graphql';
import type { Caller } from '../../authentication/caller.js';
import { distinct } from '../../values/distinct.js';
import { createDecisions } from '../decisions/decisions.js';
import { describeClause, describeMissing } from '../decisions/describe-missing.js';
import { type ActiveUse, findActiveUses } from '../operations/active-uses.js';
import { findRefusals } from '../operations/check-operation.js';
import { createPlanner, fragmentsOf } from '../operations/planner.js';
import { createProtectedInputs } from '../requirements/protected-inputs.js';
import { dependsOnObjects, type FieldRequirement, type RequirementTable } from '../requirements/requirement-table.js';

/** Access of a caller to an operation, as far as the token alone decides. */
export interface OperationAccess {
  /**
   * `denied`: nothing of it runs. `partial`: it runs, and some fields are null with an error. `depends`: the token suffices,
   * and policies decide.
   */
  readonly outcome: 'allowed' | 'partial' | 'denied' | 'depends';
  /** The places that are denied or have a policy, with what is missing in words. */
  readonly needs: readonly { readonly coordinate: string; readonly missing: string }[];
  /** Every field that the operation selects with its variables. */
  readonly fields: ReadonlySet<string>;
}

export interface OperationToExplain {
  /** Valid in the schema, with one operation. */
  readonly document: DocumentNode;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly caller: Caller | undefined;
}

/**
 * Creates a function that explains which parts of an operation a caller gets. It decides as a request is decided, and runs
 * nothing.
 *
 * @returns a function that throws a TypeError for variables that the operation does not take
 */
export function createExplainOperation(
  schema: GraphQLSchema,
  table: RequirementTable,
): (operation: OperationToExplain) => OperationAccess {
  const decisions = createDecisions(table.requirements);
  const protectedInputs = createProtectedInputs(schema, table.inputs);
  const planner = createPlanner({ schema, table, protectedInputs });

  return ({ document, variables: given, caller }) => {
    const operation = getOperationAST(document);
    if (!operation) throw new TypeError('A document needs exactly one operation.');
    const { coerced: variables, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], { ...given });
    if (!variables) throw new TypeError(errors.map(({ message }) => message).join('\n'));
    const plan = planner(operation, fragmentsOf(document));
    const active = findActiveUses(plan, variables);
    const fields = new Set(active.map(({ use }) => use.requirement.coordinate));
    const refusals = findRefusals({ decisions, protectedInputs }, plan, { variables, caller });
    if (refusals.length > 0) {
      const needs = refusals.map(({ coordinate, missing }) => ({ coordinate, missing: describeMissing(missing) }));
      return { outcome: 'denied', needs: distinct(needs, keyOfNeed), fields };
    }
    const isDenied = ({ use }: ActiveUse) => !decisions.allows(use.requirement.requirement, caller);
    const denied = active.filter(isDenied);
    const reached = active.filter((use) => !denied.some((parent) => isWithin(use, parent)));
    const needs = reached.flatMap(({ use: { requirement } }) => {
      const decision = decisions.decide(requirement.requirement, caller);
      if (decision.kind === 'allowed') return dependsOnObjects(requirement) ? [describeJudged(requirement)] : [];
      return [{ coordinate: requirement.coordinate, missing: describeMissing(decision.missing) }];
    });
    if (denied.length > 0) return { outcome: 'partial', needs: distinct(needs, keyOfNeed), fields };
    return { outcome: needs.length > 0 ? 'depends' : 'allowed', needs: distinct(needs, keyOfNeed), fields };
  };
}

/** A field below a denied one is never asked for. */
function isWithin(use: ActiveUse, parent: ActiveUse): boolean {
  const path = use.path();
  const outer = parent.path();
  return path.length > outer.length && outer.every((key, index) => path[index] === key);
}

function describeJudged({ coordinate, policies }: FieldRequirement) {
  return {
    coordinate,
    missing: policies.length > 0 ? policies.map(describeClause).join('; ') : 'policy of its objects',
  };
}

function keyOfNeed({ coordinate, missing }: OperationAccess['needs'][number]): string {
  return `${coordinate} ${missing}`;
}
