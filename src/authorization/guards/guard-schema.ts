import { MapperKind, mapSchema } from '@graphql-tools/utils';
import {
  type GraphQLAbstractType,
  type GraphQLFieldConfig,
  type GraphQLFieldResolver,
  GraphQLInterfaceType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  GraphQLUnionType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { mayEndOthers } from '../operations/check-operation.js';
import { findSelectionDependent } from '../operations/interface-uses.js';
import { PUBLIC_REQUIREMENT } from '../requirements/requirement.js';
import { dependsOnObjects } from '../requirements/requirement-table.js';
import { createEntityGuards, guardEntities } from './entities/federation-entities.js';
import { type GuardedField, guardResolver } from './field-guard.js';
import type { GuardEngine } from './guard-engine.js';
import { resolveAsHost } from './host-server.js';
import { countFragileLists, findTypesThatMayFail, withHandledAnswer } from './list-items.js';
import { createExecutionMemory } from './memory/execution-memory.js';
import { createOperationGuard } from './operation-guard.js';
import { type AuthorizationContext, callerOf, type ResolverCall } from './resolver-call.js';
import { createResolverSlot, type ResolverSlot } from './resolver-slot.js';
import { findCommonDenial, judgeReturned, pinTypes } from './returned-objects.js';
import { ruleAt } from './shield-rules.js';

/** Functions that resolve fields without functions of their own and open their subscriptions. */
export interface DefaultResolvers<TContext> {
  readonly field: GraphQLFieldResolver<unknown, TContext>;
  readonly subscribe: GraphQLFieldResolver<unknown, TContext>;
}

/**
 * Returns the schema with a guard before each protected field. The given schema stays as it is. A public field keeps its
 * resolver, but something else may refuse a mutation or a subscription with one. The field of a subscription is guarded
 * twice: before its source is opened, and again for each event.
 *
 * @throws TypeError when the table is of another schema and lacks a field.
 */
export function guardSchema<TContext extends AuthorizationContext>(
  schema: GraphQLSchema,
  engine: GuardEngine<TContext>,
  resolvers: DefaultResolvers<TContext> = { field: resolveAsHost, subscribe: resolveAsHost },
): GraphQLSchema {
  const { table, protectedInputs } = engine;
  const dependent = findSelectionDependent(table);
  const judgedTypes = new Set(
    [...table.objects].flatMap(([name, { policies }]) => (policies.length > 0 ? [name] : [])),
  );
  // Without the fast path, shield's rule `allow` grants even what is public.
  const isUnguarded = (field: GuardedField<TContext>) => engine.fastPath && isOpen(field);
  const isGuarded = (coordinate: string) => !isUnguarded(fieldAt(coordinate));
  const mayFail = findTypesThatMayFail(schema, isGuarded, judgedTypes);
  const isNeeded = engine.fastPath ? createMayEndOthers(schema, engine) : () => true;
  const guardOperation = createOperationGuard(engine);
  const entities = createEntityGuards(schema, table, engine.written);
  const isJudged = (type: GraphQLAbstractType) =>
    schema.getPossibleTypes(type).some(({ name }) => judgedTypes.has(name));

  function fieldAt(coordinate: string): GuardedField<TContext> {
    const requirement = table.fields.get(coordinate);
    if (!requirement) throw new TypeError(`${coordinate} is missing in the requirement table.`);
    return {
      requirement,
      rule: ruleAt(engine.rules, coordinate),
      dependsOnSelection: dependent.has(coordinate),
      protectedArguments: protectedInputs.argumentsOf(coordinate),
    };
  }

  const slots = new Map<string, FieldSlots<TContext>>();
  const guarded = mapSchema(schema, {
    [MapperKind.OBJECT_FIELD]: (config: GraphQLFieldConfig<unknown, TContext>, fieldName, typeName) => {
      const coordinate = `${typeName}.${fieldName}`;
      const field = fieldAt(coordinate);
      const fragileLists = countFragileLists(config.type, mayFail);
      // The promise of a nullable field never rejects, because graphql-js turns its failure into null.
      const mayEndOthers = fragileLists > 0 || isNonNullType(config.type);
      const inner = config.resolve ?? resolvers.field;
      const isMutation = typeName === schema.getMutationType()?.name;
      const isSubscription = typeName === schema.getSubscriptionType()?.name;
      if (isUnguarded(field) && !isMutation && !isSubscription) {
        return fragileLists > 0 ? { ...config, resolve: withHandledAnswer(inner, fragileLists, isNeeded) } : undefined;
      }
      const guard = (resolve: GraphQLFieldResolver<unknown, TContext>) => {
        const answer = field.requirement.on === 'entities' ? guardEntities(resolve, engine, entities) : resolve;
        const guarded = isUnguarded(field)
          ? answer
          : guardReturning(answer, field, { engine, mayRunToKnow: !isMutation });
        const whole = isMutation ? guardOperation(guarded) : guarded;
        return mayEndOthers ? withHandledAnswer(whole, fragileLists, isNeeded) : whole;
      };
      const guardSource = (source: GraphQLFieldResolver<unknown, TContext>) =>
        guardOperation(guardResolver(source, field, engine));
      const resolve = createResolverSlot(inner, guard);
      const subscribe = isSubscription
        ? createResolverSlot(config.subscribe ?? resolvers.subscribe, guardSource)
        : undefined;
      slots.set(coordinate, { resolve, ...(subscribe && { subscribe }) });
      return { ...config, resolve: resolve.get(), ...(subscribe && { subscribe: subscribe.get() }) };
    },
    [MapperKind.INTERFACE_TYPE]: (type: GraphQLInterfaceType) =>
      isJudged(type)
        ? new GraphQLInterfaceType({ ...type.toConfig(), resolveType: pinTypes(type.resolveType ?? undefined) })
        : undefined,
    [MapperKind.UNION_TYPE]: (type: GraphQLUnionType) =>
      isJudged(type)
        ? new GraphQLUnionType({ ...type.toConfig(), resolveType: pinTypes(type.resolveType ?? undefined) })
        : undefined,
  });
  closeSlots(guarded, slots);
  keepReferenceResolvers(schema, guarded);
  return guarded;
}

interface FieldSlots<TContext> {
  readonly resolve: ResolverSlot<TContext>;
  readonly subscribe?: ResolverSlot<TContext>;
}

/** Puts the slots into the finished schema. A function that replaces a guard later then gets a guard of its own. */
function closeSlots<TContext>(schema: GraphQLSchema, slots: ReadonlyMap<string, FieldSlots<TContext>>): void {
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    for (const field of Object.values(type.getFields())) {
      const { resolve, subscribe } = slots.get(`${type.name}.${field.name}`) ?? {};
      if (resolve) Object.defineProperty(field, 'resolve', { ...resolve, enumerable: true });
      if (subscribe) Object.defineProperty(field, 'subscribe', { ...subscribe, enumerable: true });
    }
    // Mercurius replaces whole fields of a subscription, which would then have no guard. Freezing the fields makes that
    // fail.
    Object.freeze(type.getFields());
  }
}

/** Returns whether a denial may end objects or lists of the operation that runs. Each execution has variables of its own. */
function createMayEndOthers<TContext extends AuthorizationContext>(
  schema: GraphQLSchema,
  engine: GuardEngine<TContext>,
): (context: TContext, info: GraphQLResolveInfo) => boolean {
  const memory = createExecutionMemory<{ readonly mayEnd: boolean }>();
  return (context, info) => {
    const { operation, fragments, variableValues: variables } = info;
    return memory.recall({ context, info }, { typeName: operation.operation, value: operation }, () => {
      const plan = engine.planner(operation, (name) => fragments[name]);
      return { mayEnd: mayEndOthers({ ...engine, schema }, plan, { variables, caller: callerOf(context) }) };
    }).mayEnd;
  };
}

/** Mercurius and graphql-tools keep `__resolveReference` beside a type's own properties, which a copy of the type loses. */
function keepReferenceResolvers(schema: GraphQLSchema, guarded: GraphQLSchema): void {
  for (const [name, type] of Object.entries(schema.getTypeMap())) {
    const { resolveReference }: { readonly resolveReference?: unknown } = Object(type);
    if (resolveReference !== undefined) Object.assign(Object(guarded.getType(name)), { resolveReference });
  }
}

/** Puts the guard before a resolver, and behind it the policies on the objects that it returns. */
function guardReturning<TContext extends AuthorizationContext>(
  resolve: GraphQLFieldResolver<unknown, TContext>,
  field: GuardedField<TContext>,
  { engine, mayRunToKnow }: { readonly engine: GuardEngine<TContext>; readonly mayRunToKnow: boolean },
): GraphQLFieldResolver<unknown, TContext> {
  if (!field.requirement.returnsJudged) return guardResolver(resolve, field, engine);
  const denyAll = (call: ResolverCall<TContext>) =>
    findCommonDenial(() => resolve(call.parent, call.args, call.context, call.info), call, engine);
  const judged = mayRunToKnow && engine.mode === 'enforce' ? { ...field, denyAll } : field;
  return guardResolver(judgeReturned(resolve, engine), judged, engine);
}

function isOpen<TContext>({ requirement, dependsOnSelection, protectedArguments }: GuardedField<TContext>): boolean {
  if (requirement.requirement !== PUBLIC_REQUIREMENT || dependsOnObjects(requirement)) return false;
  return !dependsOnSelection && protectedArguments.length === 0;
}
