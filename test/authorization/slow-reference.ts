import { createRequire } from 'node:module';
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type * as GraphQLMiddleware from 'graphql-middleware';
import type * as GraphQLShield from 'graphql-shield';
import type { Caller } from '../../src/authentication/caller.js';
import type { Alternatives, Rule } from './random-rules.js';
import { FIELDS, OBJECTS, type RandomSchema, returnedObjects, returnTypeOf } from './random-schema.js';

/**
 * A second, slow implementation of the rules, written from the description of the directives alone. It has no plan, table or
 * fast path. Plain graphql-shield enforces it. It shares no code with the implementation that it is compared with.
 */

const require = createRequire(import.meta.url);
const { deny, rule, shield }: typeof GraphQLShield = require('graphql-shield');
const { applyMiddleware }: typeof GraphQLMiddleware = require('graphql-middleware');

export type Verdict = 'ok' | 'UNAUTHENTICATED' | 'FORBIDDEN' | 'SERVICE_UNAVAILABLE' | 'INSUFFICIENT_CLAIMS';

/** Worst first. */
const SEVERITY: readonly Verdict[] = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'SERVICE_UNAVAILABLE',
  'INSUFFICIENT_CLAIMS',
  'ok',
];
const worst = (verdicts: readonly Verdict[]): Verdict => SEVERITY.find((verdict) => verdicts.includes(verdict)) ?? 'ok';

const holds = (alternatives: Alternatives | undefined, has: (name: string) => boolean): boolean =>
  alternatives === undefined || alternatives.some((all) => all.every(has));

/** Returns the rules that apply to a field of an object type: those of its type, its own, and those of the type it returns. */
export function rulesOf(schema: RandomSchema, type: string, field: string): readonly Rule[] {
  const { rules, agents } = schema;
  const own = [rules.get(type), rules.get(`${type}.${field}`)];
  const all = [...own, rules.get(returnTypeOf(schema, type, field))].filter((found): found is Rule => !!found);
  const isPublic = all.length > 0 && all.every((one) => one.isPublic);
  const isOpen = agents === 'open' || isPublic || own.some((one) => one?.agents === 'allowed');
  return isOpen ? all : [...all, { agents: 'forbidden' }];
}

/** Decides a field of an object type for a caller. `policies: undefined` looks at the token only. */
export function verdictOn(
  rules: readonly Rule[],
  caller: Caller | undefined,
  policies: Readonly<Record<string, boolean>> | undefined,
): Verdict {
  if (rules.length > 0 && rules.every(({ isPublic }) => isPublic)) return 'ok';
  if (!caller) return 'UNAUTHENTICATED';
  const undecided = caller.kind === 'delegated' ? caller.undecidedRoles : undefined;
  const passesWith = (isRole: (name: string) => boolean) => (one: Rule) => {
    const { scopes, roles, apps, authContext, agents } = one;
    if (agents === 'forbidden' && caller.agent) return false;
    if (caller.kind === 'delegated') return holds(scopes, (name) => caller.scopes.has(name)) && holds(roles, isRole);
    if (apps) return holds(apps, (name) => caller.permissions.has(name));
    return !scopes && !roles && !authContext;
  };
  const isHeld = (name: string) => caller.kind === 'delegated' && caller.roles.has(name);
  if (!rules.every(passesWith((name) => isHeld(name) || undecided?.has(name) === true))) return 'FORBIDDEN';
  // Groups may give the roles that are missing, and policies may look at roles.
  if (!rules.every(passesWith(isHeld))) return 'SERVICE_UNAVAILABLE';
  if (policies && undecided && rules.some((one) => one.policies)) return 'SERVICE_UNAVAILABLE';
  if (policies && !rules.every((one) => holds(one.policies, (name) => policies[name] === true))) return 'FORBIDDEN';
  const steppedUp = ({ authContext }: Rule) =>
    caller.kind !== 'delegated' || !authContext || caller.authContexts.has(authContext);
  return rules.every(steppedUp) ? 'ok' : 'INSUFFICIENT_CLAIMS';
}

/** The same for a field where it is selected: what every type asks for that can occur there. */
export function verdictOnSelection(
  schema: RandomSchema,
  { types, field }: Pick<SelectedField, 'types' | 'field'>,
  caller: Caller | undefined,
  policies: RandomSchema['policies'] | undefined,
): Verdict {
  return worst(types.map((name) => verdictOn(rulesOf(schema, name, field), caller, policies)));
}

/** A rule without its policies. */
const withoutPolicies = ({ policies: _, ...rest }: Rule): Rule => rest;

/** Decides a field before it runs. Policies on the types of objects are left to their objects. */
function verdictBefore(schema: RandomSchema, type: string, field: string, caller: Caller | undefined): Verdict {
  const rulesBefore = rulesOf(schema, type, field).map((one) => {
    const isOfObject = OBJECTS.some((name) => schema.rules.get(name) === one);
    return isOfObject ? withoutPolicies(one) : one;
  });
  return verdictOn(rulesBefore, caller, schema.policies);
}

/** Asks the policies on the type of an object. */
function verdictOnObject(schema: RandomSchema, value: unknown, caller: Caller | undefined): Verdict {
  const { policies } = schema.rules.get(Object(value).__typename) ?? {};
  return policies ? verdictOn([{ policies }], caller, schema.policies) : 'ok';
}

const errorOf = (verdict: Verdict) => new GraphQLError('denied', { extensions: { code: verdict } });

/** The schema under plain graphql-shield, each field by the verdict on it and on the selections that asked for it. */
export function guardSlowly(
  bare: GraphQLSchema,
  schema: RandomSchema,
  document: DocumentNode,
  caller: Caller | undefined,
): GraphQLSchema {
  const selected = selectedFields(schema, document, {});
  const verdictOnReturned = (value: unknown) => verdictOnObject(schema, value, caller);
  /** A step-up does not help if policies deny every object that would be returned. */
  const denialOfAll = ({ parentType, fieldName }: GraphQLResolveInfo): Verdict => {
    const verdicts = returnedObjects(schema, parentType.name, fieldName).map(verdictOnReturned);
    return parentType.name === 'Mutation' || verdicts.includes('ok') ? 'ok' : worst(verdicts);
  };
  const decide = (info: GraphQLResolveInfo) => {
    const { name: type } = info.parentType;
    const around = selected.filter(({ node, types }) => info.fieldNodes.includes(node) && types.includes(type));
    // An interface asks for what the token must hold for every type. Policies judge the objects of their own type alone.
    const ofSelections = around.map((one) => verdictOnSelection(schema, one, caller, undefined));
    const verdict = worst([verdictBefore(schema, type, info.fieldName, caller), ...ofSelections]);
    const ofAll = verdict === 'INSUFFICIENT_CLAIMS' ? denialOfAll(info) : 'ok';
    if (ofAll !== 'ok') return errorOf(ofAll);
    return verdict === 'ok' || errorOf(verdict);
  };
  const judge = (value: unknown) => {
    const verdict = verdictOnReturned(value);
    return verdict === 'ok' ? value : errorOf(verdict);
  };
  const objects: GraphQLMiddleware.IMiddlewareFunction = async (resolve, parent, args, context, info) => {
    const value: unknown = await resolve(parent, args, context, info);
    return Array.isArray(value) ? value.map(judge) : judge(value);
  };
  const ruleOf = (type: string, field: string) =>
    rule(`${type}.${field}`, { cache: 'no_cache' })((_parent, _args, _context, info) => decide(info));
  const tree = Object.fromEntries(
    [...OBJECTS, 'Query', 'Mutation'].map((type) => [
      type,
      Object.fromEntries(Object.keys(FIELDS).map((field) => [field, ruleOf(type, field)])),
    ]),
  );
  return applyMiddleware(bare, shield(tree, { fallbackRule: deny, allowExternalErrors: true }), objects);
}

/** A field that is executed if the objects on the way to it exist. */
export interface SelectedField {
  readonly node: FieldNode;
  /** The object types that can occur there. */
  readonly types: readonly string[];
  readonly field: string;
  readonly isRoot: boolean;
}

/** All selections of an operation that its conditions let through, each fragment expanded wherever it is spread. */
export function selectedFields(
  schema: RandomSchema,
  { definitions }: DocumentNode,
  variables: Readonly<Record<string, boolean>>,
): readonly SelectedField[] {
  const fragments = definitions.filter(
    (node): node is FragmentDefinitionNode => node.kind === Kind.FRAGMENT_DEFINITION,
  );
  const walk = (
    { selections }: SelectionSetNode,
    types: readonly string[],
    isRoot: boolean,
  ): readonly SelectedField[] =>
    selections.flatMap((node) => {
      if (isLeftOut(node, variables)) return [];
      if (node.kind === Kind.FIELD) return walkField(node, types, isRoot);
      const fragment =
        node.kind === Kind.FRAGMENT_SPREAD ? fragments.find(({ name }) => name.value === node.name.value) : node;
      return fragment ? walk(fragment.selectionSet, within(fragment.typeCondition?.name.value, types), isRoot) : [];
    });
  const within = (condition: string | undefined, types: readonly string[]) =>
    condition ? types.filter((type) => typesOf(schema, condition).includes(type)) : types;
  const walkField = (node: FieldNode, types: readonly string[], isRoot: boolean): readonly SelectedField[] => {
    const { name, selectionSet } = node;
    if (name.value === '__typename' || types.length === 0) return [];
    const inside = selectionSet ? walk(selectionSet, typesReturned(schema, types, name.value), false) : [];
    return [{ node, types, field: name.value, isRoot }, ...inside];
  };
  return definitions.flatMap((node) =>
    node.kind === Kind.OPERATION_DEFINITION ? walk(node.selectionSet, [ROOT_TYPES[node.operation]], true) : [],
  );
}

/** The object types that a field can return on these types. */
export function typesReturned(schema: RandomSchema, types: readonly string[], field: string): readonly string[] {
  return [...new Set(types.flatMap((type) => typesOf(schema, returnTypeOf(schema, type, field))))];
}

function typesOf({ implementers, members }: RandomSchema, type: string): readonly string[] {
  return type === 'U' ? members : (implementers.get(type) ?? [type]);
}

const ROOT_TYPES = { query: 'Query', mutation: 'Mutation', subscription: '' };

function isLeftOut(node: SelectionNode, variables: Readonly<Record<string, boolean>>): boolean {
  return (node.directives ?? []).some(({ name, arguments: given = [] }) => {
    const condition = given[0]?.value;
    const literal = condition?.kind === Kind.BOOLEAN && condition.value;
    const value = condition?.kind === Kind.VARIABLE ? variables[condition.name.value] : literal;
    return value === (name.value === 'skip');
  });
}

/** Status with which the operation has to be refused as a whole; undefined when it has to run. */
export function expectedRefusal(
  schema: RandomSchema,
  fields: readonly SelectedField[],
  isQuery: boolean,
  caller: Caller | undefined,
): number | undefined {
  const counted = fields.filter(({ isRoot }) => isRoot || !isQuery);
  const verdicts = counted.map((selected) => verdictOnSelection(schema, selected, caller, undefined));
  const denied = verdicts.filter((verdict) => verdict !== 'ok');
  if (denied.length === 0 || (isQuery && denied.length < counted.length)) return undefined;
  if (!caller) return 401;
  // A query answers with an error in the place of what is not known.
  if (isQuery && denied.includes('SERVICE_UNAVAILABLE')) return undefined;
  if (denied.includes('FORBIDDEN')) return 403;
  if (denied.includes('SERVICE_UNAVAILABLE')) return 503;
  // Only step-ups are left: nothing else of the operation may be forbidden, and policies come first.
  const verdictOf = (selected: SelectedField) => verdictOnSelection(schema, selected, caller, undefined);
  if (fields.some((selected) => verdictOf(selected) === 'FORBIDDEN')) return 403;
  if (fields.some((selected) => verdictOf(selected) === 'SERVICE_UNAVAILABLE')) return 503;
  const isJudged = (coordinate: string) => schema.rules.get(coordinate)?.policies !== undefined;
  const hasPolicy = ({ types, field, isRoot }: SelectedField) => {
    if (isRoot && !isQuery) return isJudged('Mutation') || isJudged(`Mutation.${field}`);
    const ofObjects = typesReturned(schema, types, field).some(isJudged);
    return ofObjects || types.some((name) => isJudged(name) || isJudged(`${name}.${field}`));
  };
  const refusing = counted.filter((selected) => verdictOf(selected) !== 'ok');
  if (isQuery ? refusing.some(hasPolicy) : refusing.every(hasPolicy)) return undefined;
  return caller.kind === 'delegated' && caller.canStepUp ? 401 : 403;
}
