import type { GraphQLSchema } from 'graphql';
import { describeClause } from '../decisions/describe-missing.js';
import type { Clause, Clauses } from '../requirements/requirement.js';
import type { ElementRequirement, RequirementTable } from '../requirements/requirement-table.js';
import { requirementOf } from './permission-matrix.js';

/** An element with a description: a field, an argument or an input field. */
interface Described {
  description?: string | undefined | null;
}

/**
 * Ends the descriptions of fields, and of protected arguments and input fields, with their rule. Introspection then shows it
 * to Sandbox, GraphiQL, code generators and editors. It changes the descriptions in place.
 */
export function describeRules(schema: GraphQLSchema, table: RequirementTable): void {
  for (const [typeName, type] of Object.entries(schema.getTypeMap())) {
    if (!('getFields' in type)) continue;
    for (const [name, field] of Object.entries(type.getFields())) {
      const coordinate = `${typeName}.${name}`;
      addRule(field, table, table.fields.get(coordinate) ?? table.inputs.get(coordinate));
      if (!('args' in field)) continue;
      for (const argument of field.args) addRule(argument, table, table.inputs.get(`${coordinate}(${argument.name}:)`));
    }
  }
}

function addRule(element: Described, table: RequirementTable, requirement: ElementRequirement | undefined): void {
  if (!requirement) return;
  const rule = describeRule(table, requirement);
  if (element.description?.endsWith(rule)) return;
  element.description = element.description ? `${element.description.trimEnd()}\n\n${rule}` : rule;
}

/**
 * Returns the rule of an element as sentences, as in `Needs scope Expenses.Read, and role Expenses.Auditor.` An element
 * without a rule for applications is closed to them.
 */
export function describeRule(table: RequirementTable, element: ElementRequirement): string {
  const { isPublic, forbidsAgents, delegated, app } = requirementOf(table, element);
  if (isPublic) return 'Needs no access token.';
  const ofApps = app === 'never' || delegated.length === 0 ? '' : `; an application needs ${describeNeeds(app)}`;
  const needs = delegated.length === 0 ? 'an access token' : describeNeeds(delegated);
  const ofAgents = forbidsAgents ? ['Closed to agents.'] : [];
  return [`Needs ${needs}${ofApps}.`, ...ofAgents, ...element.policies.map(describePolicy)].join(' ');
}

function describeNeeds(clauses: Clauses): string {
  return clauses.map(describeClause).join(', and ') || 'an access token';
}

/** Policies decide for both kinds of caller, once the object is known. */
function describePolicy(clause: Clause): string {
  return `Decided for each object by ${describeClause(clause)}.`;
}
