import { MapperKind, mapSchema } from '@graphql-tools/utils';
import {
  defaultFieldResolver,
  type GraphQLFieldConfig,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isInterfaceType,
} from 'graphql';
import { keyOfClauses, PUBLIC_REQUIREMENT } from '../requirements/requirement.js';
import type { ElementRequirement, RequirementTable } from '../requirements/requirement-table.js';
import { guardEntities } from './federation-entities.js';
import { type GuardedField, guardResolver } from './field-guard.js';
import { type AuthorizationContext, callerOf, type GuardEngine } from './guard-engine.js';
import { countFragileLists, findTypesThatMayFail, withHandledAnswer } from './list-items.js';

/**
 * The schema with a guard before each protected field; the given schema stays as it is. A public field keeps its
 * resolver. The field of a subscription is guarded twice: before its source is opened, and afresh for each event.
 *
 * @throws TypeError when the table is of another schema and lacks a field.
 */
export function guardSchema<TContext extends AuthorizationContext>(
  schema: GraphQLSchema,
  engine: GuardEngine<TContext>,
): GraphQLSchema {
  const { table, protectedInputs } = engine;
  const dependent = findSelectionDependent(schema, table);
  const isGuarded = (coordinate: string) => !isOpen(fieldAt(coordinate));
  const mayFail = findTypesThatMayFail(schema, isGuarded);
  const isNeeded = createMayDeny(engine);

  function fieldAt(coordinate: string): GuardedField {
    const requirement = table.fields.get(coordinate);
    if (!requirement) throw new TypeError(`${coordinate} is missing in the requirement table.`);
    return {
      requirement,
      dependsOnSelection: dependent.has(coordinate),
      protectedArguments: protectedInputs.argumentsOf(coordinate),
    };
  }

  return mapSchema(schema, {
    [MapperKind.OBJECT_FIELD]: (config: GraphQLFieldConfig<unknown, TContext>, fieldName, typeName) => {
      const coordinate = `${typeName}.${fieldName}`;
      const field = fieldAt(coordinate);
      const fragileLists = countFragileLists(config.type, schema, mayFail);
      const inner = config.resolve ?? defaultFieldResolver;
      if (isOpen(field)) {
        return fragileLists > 0 ? { ...config, resolve: withHandledAnswer(inner, fragileLists, isNeeded) } : undefined;
      }
      const guarded = guardResolver(
        field.requirement.on === 'entities' ? guardEntities(inner, engine) : inner,
        field,
        engine,
      );
      const resolve = withHandledAnswer(guarded, fragileLists, isNeeded);
      if (typeName !== schema.getSubscriptionType()?.name) return { ...config, resolve };
      return { ...config, resolve, subscribe: guardResolver(config.subscribe ?? defaultFieldResolver, field, engine) };
    },
  });
}

/** Whether anything of the operation may be denied, so far as one can know without its variables. */
function createMayDeny<TContext extends AuthorizationContext>({
  planner,
  decisions,
}: GuardEngine<TContext>): (context: TContext, info: GraphQLResolveInfo) => boolean {
  return (context, info) => {
    const plan = planner(info.operation, (name) => info.fragments[name]);
    if (!plan.isComplete || plan.needsMoreThanToken) return true;
    return !decisions.allowsAll(plan.requirements, callerOf(context));
  };
}

function isOpen({ requirement, dependsOnSelection, protectedArguments }: GuardedField): boolean {
  return requirement.requirement === PUBLIC_REQUIREMENT && !dependsOnSelection && protectedArguments.length === 0;
}

/** Coordinates of object fields of which an interface, when they are selected on it, asks for something else. */
function findSelectionDependent(schema: GraphQLSchema, table: RequirementTable): ReadonlySet<string> {
  const dependent = new Set<string>();
  for (const type of Object.values(schema.getTypeMap()).filter(isInterfaceType)) {
    for (const fieldName of Object.keys(type.getFields())) {
      const onInterface = needsOf(table.fields.get(`${type.name}.${fieldName}`));
      for (const { name } of schema.getPossibleTypes(type)) {
        const coordinate = `${name}.${fieldName}`;
        if (needsOf(table.fields.get(coordinate)) !== onInterface) dependent.add(coordinate);
      }
    }
  }
  return dependent;
}

function needsOf(element: ElementRequirement | undefined): string | undefined {
  return element && `${element.requirement} ${keyOfClauses(element.policies)}`;
}
