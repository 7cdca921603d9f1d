import {
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  type OperationDefinitionNode,
} from 'graphql';
import type { Caller } from '../../authentication/caller.js';
import type { Decisions } from '../decisions/decisions.js';
import { type Denial, type DenialWording, toDenial } from '../decisions/denial.js';
import type { ProtectedInputs } from '../requirements/protected-inputs.js';
import { dependsOnObjects, type ElementRequirement } from '../requirements/requirement-table.js';
import { type ActiveUse, findActiveUses } from './active-uses.js';
import { findUsedInputs } from './argument-requirements.js';
import { createDeniedFields, type DeniedFields, type DeniedPlace, findDenialsByField } from './denied-fields.js';
import type { FieldUse, OperationPlan } from './operation-plan.js';
import { fragmentsOf, type Planner } from './planner.js';
import { type LocatedDenial, type Refusal, toRefusal } from './refusal.js';

/** An operation about to be executed. */
export interface OperationToCheck {
  /** Validated against the schema. */
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  /** As the client sent them. */
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly caller: Caller | undefined;
  /** Whether an event of a subscription is about to be answered. It runs once, and what is decided now counts. */
  readonly isEvent?: boolean;
}

export type OperationDecision =
  | Refusal
  /** Everything it touches is granted and no policy is involved: may run on the unguarded schema. */
  | { readonly kind: 'unguarded'; readonly deniedFields?: undefined }
  /**
   * The operation has to run on the guarded schema. In report mode it carries what would have been refused before
   * it ran. With `deniedFields` the token decides all of it: it may run on the unguarded schema as well if these fields are
   * replaced by their errors.
   */
  | { readonly kind: 'guarded'; readonly denials?: readonly Denial[]; readonly deniedFields?: DeniedFields };

/** Returns whether the token decides all of an operation: it may run on the unguarded schema, without its `deniedFields`. */
export function needsNoGuards(decision: OperationDecision): decision is Exclude<OperationDecision, Refusal> {
  return decision.kind === 'unguarded' || (decision.kind === 'guarded' && decision.deniedFields !== undefined);
}

/** Dependencies of the check. */
export interface OperationCheck {
  readonly schema: GraphQLSchema;
  readonly decisions: Decisions;
  readonly planner: Planner;
  readonly protectedInputs: ProtectedInputs;
  readonly mode: 'enforce' | 'report';
  /** Whether what is granted in full may run without guards. */
  readonly fastPath: boolean;
  readonly wording: DenialWording;
  /** Reports the denial of a field and returns its error. */
  deny(denial: Denial, place: DeniedPlace): GraphQLError;
}

/** Decides an operation before execution. Never throws for anything that a client can send. */
export function checkOperation(check: OperationCheck, request: OperationToCheck): OperationDecision {
  const operation = getOperationAST(request.document, request.operationName);
  // Without an operation of that name there is nothing to run. The executor reports it.
  if (!operation) return { kind: 'guarded' };
  const plan = check.planner(operation, fragmentsOf(request.document));
  if (isGranted(check, plan, request)) return { kind: 'unguarded' };
  const needsVariables = plan.needsMoreThanToken || plan.hasConditions || !plan.isComplete;
  const variables = needsVariables ? coerceVariables(check.schema, operation, request.variables) : {};
  const active = findActiveUses(plan, variables);
  const denials = findRefused(check, plan, { active, variables, caller: request.caller });
  // Report mode is for verified callers. Without a token, only public fields are open.
  if (denials.length > 0 && check.mode === 'report' && request.caller) {
    return { kind: 'guarded', denials: denials.map(({ denial }) => denial) };
  }
  if (denials.length > 0) return toRefusal(denials, request.caller, check.wording);
  if (!check.fastPath || !mayLeaveGuard(plan, request)) return { kind: 'guarded' };
  const { caller } = request;
  // Without conditions, the same was asked before.
  if (needsVariables && isGrantedWith(check, { active, variables, caller })) return { kind: 'unguarded' };
  // In report mode a verified caller gets what would be denied.
  const mayBeLeftOut = plan.operation === 'query' && (check.mode === 'enforce' || caller === undefined);
  const denied = mayBeLeftOut ? findDenialsByField(check, active, caller) : undefined;
  return denied ? { kind: 'guarded', deniedFields: createDeniedFields(denied, check.deny) } : { kind: 'guarded' };
}

/**
 * Returns whether the roles that groups of the caller may give can change the answer. Policies may look at roles, and a
 * subscription outlives its check.
 */
export function hangsOnGroups(
  check: OperationCheck,
  { document, operationName, variables, caller }: OperationToCheck,
  readers: ReadonlySet<string> = new Set(),
): boolean {
  if (caller?.kind !== 'delegated' || !caller.undecidedRoles) return false;
  const operation = getOperationAST(document, operationName);
  if (!operation) return false;
  const plan = check.planner(operation, fragmentsOf(document));
  if (!plan.isComplete || plan.operation === 'subscription') return true;
  const coerced = coerceVariables(check.schema, operation, variables);
  const active = findActiveUses(plan, coerced);
  const isUndecided = ({ requirement }: ElementRequirement) =>
    check.decisions.decide(requirement, caller).kind === 'unknown';
  const hangs = ({ use: { requirement, isRoot } }: ActiveUse) =>
    dependsOnObjects(requirement) || isUndecided(requirement) || (isRoot && readers.has(requirement.coordinate));
  return (
    active.some(hangs) ||
    findUsedInputs(active, coerced, check.protectedInputs).some(({ element }) => isUndecided(element))
  );
}

/** Returns whether everything that an operation can select is public. False where that cannot be said. */
export function isPublicOperation(
  { planner, decisions }: Pick<OperationCheck, 'planner' | 'decisions'>,
  document: DocumentNode,
  operationName: string | null | undefined,
): boolean {
  const operation = getOperationAST(document, operationName);
  if (!operation) return false;
  const plan = planner(operation, fragmentsOf(document));
  return plan.isComplete && !plan.needsMoreThanToken && decisions.allowsAll(plan.requirements, undefined);
}

/**
 * Returns whether every selection is granted regardless of the variables. This is the cheapest answer and that for most
 * requests.
 */
function isGranted({ decisions, fastPath }: OperationCheck, plan: OperationPlan, request: OperationToCheck): boolean {
  if (!fastPath || !mayLeaveGuard(plan, request) || plan.needsMoreThanToken) return false;
  return decisions.allowsAll(plan.requirements, request.caller);
}

/** The fields that an operation selects with its variables, and its caller. */
interface ActiveOperation {
  readonly active: readonly ActiveUse[];
  /** Coerced. */
  readonly variables: Record<string, unknown>;
  readonly caller: Caller | undefined;
}

/** Returns whether the token alone grants all that is selected with these variables. */
function isGrantedWith(
  check: Pick<OperationCheck, 'decisions' | 'protectedInputs'>,
  operation: ActiveOperation,
): boolean {
  const isGranted = ({ use: { requirement } }: ActiveUse) =>
    !dependsOnObjects(requirement) && check.decisions.allows(requirement.requirement, operation.caller);
  return operation.active.every(isGranted) && allowsInputs(check, operation);
}

/** Returns whether the token grants the arguments and input fields that are used. */
function allowsInputs(
  { decisions, protectedInputs }: Pick<OperationCheck, 'decisions' | 'protectedInputs'>,
  { active, variables, caller }: ActiveOperation,
): boolean {
  const used = findUsedInputs(active, variables, protectedInputs);
  return used.every(({ element }) => decisions.allows(element.requirement, caller));
}

/**
 * Returns whether a denial may end an object or a list of an operation that runs. One that only makes its own field null
 * does not.
 */
export function mayEndOthers(
  check: Pick<OperationCheck, 'schema' | 'decisions' | 'protectedInputs'>,
  plan: OperationPlan,
  { variables, caller }: Pick<ActiveOperation, 'variables' | 'caller'>,
): boolean {
  if (plan.isComplete && !plan.needsMoreThanToken && check.decisions.allowsAll(plan.requirements, caller)) return false;
  if (!plan.isComplete) return true;
  const active = findActiveUses(plan, variables);
  if (isGrantedWith(check, { active, variables, caller })) return false;
  if (plan.operation !== 'query' || !allowsInputs(check, { active, variables, caller })) return true;
  return findDenialsByField(check, active, caller) === undefined;
}

/** Returns what refuses an operation as a whole; empty when it may run. */
export function findRefusals(
  check: Pick<OperationCheck, 'decisions' | 'protectedInputs'>,
  plan: OperationPlan,
  { variables, caller }: Pick<ActiveOperation, 'variables' | 'caller'>,
): readonly Denial[] {
  if (!plan.needsMoreThanToken && check.decisions.allowsAll(plan.requirements, caller)) return [];
  const active = findActiveUses(plan, variables);
  return findRefused(check, plan, { active, variables, caller }).map(({ denial }) => denial);
}

/**
 * Returns whether the operation may run unguarded. A subscription outlives its check, so its source is opened behind guards.
 * Each of its events is decided again.
 */
function mayLeaveGuard(plan: OperationPlan, { isEvent = false }: Pick<OperationToCheck, 'isEvent'>): boolean {
  return plan.isComplete && (plan.operation !== 'subscription' || isEvent);
}

/**
 * Variables as the executor will see them. The executor reports bad variables and then runs nothing. Until then the
 * operation is decided as if none were given, so no selection disappears.
 */
function coerceVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: OperationToCheck['variables'],
): Record<string, unknown> {
  const definitions = operation.variableDefinitions ?? [];
  if (definitions.length === 0) return {};
  return getVariableValues(schema, definitions, { ...variables }, { maxErrors: 1 }).coerced ?? {};
}

/** Returns what refuses the operation as a whole. The result is empty when it may run. */
function findRefused(
  check: Pick<OperationCheck, 'decisions' | 'protectedInputs'>,
  plan: OperationPlan,
  { active, variables, caller }: ActiveOperation,
): readonly LocatedDenial[] {
  const used = plan.needsMoreThanToken ? findUsedInputs(active, variables, check.protectedInputs) : [];
  const inputs = used.flatMap((input) => denialOf(check, input.element, input.active, caller));
  const fieldsThatCount = plan.operation === 'query' ? active.filter(({ use }) => use.isRoot) : active;
  const fields = fieldsThatCount.flatMap((use) => denialOf(check, use.use.requirement, use, caller));
  // A query continues with the remaining fields. A mutation or subscription with denied parts is refused as a whole.
  const refusesFields =
    plan.operation !== 'query' || (fields.length === fieldsThatCount.length && !fields.some(isUnknown));
  const refusing = refusesFields ? [...fields, ...inputs] : inputs;
  if (refusing.length === 0 || !refusing.every(isStepUp)) return refusing;
  // A step-up is asked for only if nothing else is missing, in the refused part or in the rest.
  const others = active.flatMap((use) => denialOf(check, use.use.requirement, use, caller));
  const forbidden = others.filter((denied) => !isStepUp(denied));
  if (forbidden.length > 0) return forbidden;
  return hangsOnPolicies(refusing, plan.operation) ? [] : refusing;
}

/** Returns whether a field may be granted once roles are known. A query then answers with an error in its place. */
function isUnknown({ denial }: LocatedDenial): boolean {
  return denial.code === 'SERVICE_UNAVAILABLE';
}

function isStepUp({ denial }: LocatedDenial): boolean {
  return denial.code === 'INSUFFICIENT_CLAIMS';
}

/**
 * Returns whether policies have to decide before a step-up is asked for. They come first and decide while the fields run. If
 * one of several fields of a mutation or subscription has no policy, it suffices to refuse, and nothing runs.
 */
function hangsOnPolicies(refusing: readonly RefusingDenial[], operation: OperationPlan['operation']): boolean {
  const isJudged = ({ use }: RefusingDenial) => hasPolicy(use, operation);
  return operation === 'query' ? refusing.some(isJudged) : refusing.every(isJudged);
}

/** A denial by the token of a field or of an input that it is called with. */
interface RefusingDenial extends LocatedDenial {
  readonly use: FieldUse;
}

function denialOf(
  { decisions }: Pick<OperationCheck, 'decisions'>,
  element: ElementRequirement,
  active: ActiveUse,
  caller: Caller | undefined,
): readonly RefusingDenial[] {
  const decision = decisions.decide(element.requirement, caller);
  if (decision.kind === 'allowed') return [];
  const { use } = active;
  return [{ denial: toDenial(element, decision, active.path()), node: use.node, use }];
}

/**
 * Returns whether policies can say more about a call than the token. Policies on returned objects can do so for a query
 * only, because the objects of a mutation are known only after it has run.
 */
function hasPolicy({ requirement, isRoot }: FieldUse, operation: OperationPlan['operation']): boolean {
  if (isRoot && operation !== 'query') return requirement.beforehand.some(({ policies }) => policies.length > 0);
  return requirement.policies.length > 0 || requirement.returnsJudged;
}
