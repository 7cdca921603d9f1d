import type { Missing } from '../decisions/decide.js';
import type { Decisions } from '../decisions/decisions.js';
import { describeMissing } from '../decisions/describe-missing.js';
import { findSelectionDependent } from '../operations/interface-uses.js';
import type { ProtectedArgument, ProtectedInputs } from '../requirements/protected-inputs.js';
import type { StaticRequirement } from '../requirements/requirement.js';
import type { ElementRequirement, FieldRequirement, RequirementTable } from '../requirements/requirement-table.js';
import { isApplication, isAuthenticated, isNotAgent, isUser, ruleOfClause } from './caller-rules.js';
import type { AuthorizationContext } from './resolver-call.js';
import { allOf, allow, createRule, deny, or, type ShieldRule } from './shield-middleware.js';

/*
 * The tree that graphql-shield enforces: type → field → rule. Its rules run only before the resolver of a field. Three
 * things are out of their reach and are ours:
 *
 * - Policies on types judge objects, which are known after the resolver (returned-objects.ts, object-judge.ts).
 * - `_entities` of Federation finds objects of several types through one field (entities/federation-entities.ts).
 * - `subscribe`: shield wraps it or `resolve` and never both, so guard-schema.ts puts a field's rule before each of them.
 */

/** Rules by type and field, as graphql-shield takes them. */
export type RuleTree = Readonly<Record<string, Readonly<Record<string, ShieldRule>>>>;

/** The context that the rules of the tree are asked with: one call of a field. */
export interface CallToDecide extends AuthorizationContext {
  /** Requirements of the field, of the inputs that the call uses and of the interfaces that the field is selected on. */
  readonly elements: readonly ElementRequirement[];
  /** Asks the policies on the field. */
  policiesHold(): Promise<boolean>;
}

/**
 * Creates the tree of a schema from its table of requirements.
 *
 * Trap: shield accepts rules for interfaces, unions, scalars and inputs, but they protect nothing. The tree has object types
 * alone, and what an interface or an input needs is part of the rules of fields.
 *
 * Trap: one `undefined` among the rules of a type makes the whole type fall to the fallback rule. Every field has a rule.
 *
 * Trap: a rule for a type guards its fields and not the fields that return it, so a client could learn that objects exist.
 * In the table both are part of what a field needs, and the tree has no rules for types.
 *
 * Trap: `deny` as the fallback refuses `_entities` and `_service` of Federation. They have rules like other fields.
 *
 * Trap: shield takes the function of `Object` for the rule of a field named `constructor`. The maps have no prototype.
 */
export function createShieldRules(
  table: RequirementTable,
  { argumentsOf }: Pick<ProtectedInputs, 'argumentsOf'>,
  { allows }: Pick<Decisions, 'allows'>,
): RuleTree {
  const byRequirement = table.requirements.map(ruleOfRequirement);
  const dependent = findSelectionDependent(table);
  const allowsElements = (_parent: unknown, _args: unknown, { elements, caller }: CallToDecide) =>
    elements.every(({ requirement }) => allows(requirement, caller));

  function ruleOf(field: FieldRequirement): ShieldRule {
    const policies = field.beforehand.flatMap((element) => element.policies);
    const inUse = argumentsOf(field.coordinate).map((argument) => describeArgument(argument, table));
    if (dependent.has(field.coordinate)) inUse.push('on an interface, what each of its types needs');
    return allOf([
      ...new Set(field.beforehand.map(({ requirement }) => byRequirement[requirement] ?? deny)),
      ...inUse.map((name) => createRule(name, allowsElements)),
      ...(policies.length > 0 ? [createRule(describeMissing(policies), askPolicies)] : []),
    ]);
  }

  const tree: Record<string, Record<string, ShieldRule>> = Object.create(null);
  for (const [coordinate, field] of table.fields) {
    if (field.on === 'interface') continue;
    const [typeName = '', fieldName = ''] = coordinate.split('.');
    tree[typeName] ??= Object.create(null);
    Object.assign(Object(tree[typeName]), { [fieldName]: ruleOf(field) });
  }
  return tree;
}

/** Returns the rule of a field. What the tree does not have is denied. */
export function ruleAt(tree: RuleTree, coordinate: string): ShieldRule {
  const [typeName = '', fieldName = ''] = coordinate.split('.');
  return tree[typeName]?.[fieldName] ?? deny;
}

/**
 * Asks the policies on a field in one rule and one after the other. Shield asks the rules of an `and` all at once. `chain`
 * would not but cannot be used.
 */
function askPolicies(_parent: unknown, _args: unknown, call: CallToDecide): Promise<boolean> {
  return call.policiesHold();
}

function ruleOfRequirement({ forbidsAgents, ...requirement }: StaticRequirement): ShieldRule {
  const rule = ruleOfHalves(requirement);
  if (!forbidsAgents) return rule;
  return rule === isAuthenticated ? isNotAgent : allOf([isNotAgent, rule]);
}

function ruleOfHalves({ isPublic, delegated, app }: Omit<StaticRequirement, 'forbidsAgents'>): ShieldRule {
  if (isPublic) return allow;
  const users = delegated.length === 0 ? isUser : allOf(delegated.map(ruleOfClause));
  if (app === 'never') return users;
  if (delegated.length === 0 && app.length === 0) return isAuthenticated;
  return or(users, app.length === 0 ? isApplication : allOf(app.map(ruleOfClause)));
}

function describeArgument({ argument, requirement }: ProtectedArgument, { requirements }: RequirementTable): string {
  if (!requirement) return `with argument ${argument.name}, what its input fields need`;
  const needed = requirements.slice(requirement.requirement, requirement.requirement + 1).flatMap(neededOfUsers);
  return `with argument ${argument.name}, ${describeMissing(needed) || 'an access token'}`;
}

function neededOfUsers({ delegated, forbidsAgents }: StaticRequirement): readonly Missing[] {
  return forbidsAgents ? [{ kind: 'noAgent', anyOf: [] }, ...delegated] : delegated;
}
