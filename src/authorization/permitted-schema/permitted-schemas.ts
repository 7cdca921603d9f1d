import {
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLSchema,
  type GraphQLType,
  isLeafType,
  isWrappingType,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Caller } from '../../authentication/caller.js';
import type { Decision } from '../decisions/decide.js';
import type { Decisions } from '../decisions/decisions.js';
import { AUTHORIZATION_LIMITS } from '../limits.js';
import type { RequirementTable } from '../requirements/requirement-table.js';
import { buildPermittedSchema } from './build-permitted-schema.js';

/** Returns the schema of what a caller may use. Callers with the same permissions share one. */
export type PermittedSchemas = (caller: Caller | undefined) => GraphQLSchema;

/**
 * Creates the schemas of callers, each when it is first asked for.
 *
 * @param options.mode `report`: verified callers may use everything
 * @param options.maxBytes of all schemas, as estimated. The one that was asked for last is always kept.
 */
export function createPermittedSchemas(options: {
  readonly schema: GraphQLSchema;
  readonly table: RequirementTable;
  readonly decisions: Decisions;
  readonly mode: 'enforce' | 'report';
  readonly maxBytes?: number | undefined;
}): PermittedSchemas {
  const { schema, table, decisions, mode } = options;
  const maxBytes = options.maxBytes ?? AUTHORIZATION_LIMITS.permittedSchemaCacheBytes.default;
  const known = new LRUCache<string, GraphQLSchema>({
    maxSize: maxBytes,
    sizeCalculation: (permitted, key) => Math.min(maxBytes, estimateBytes(permitted) + key.length),
  });
  return (caller) => {
    const isShown =
      mode === 'report' && caller
        ? table.requirements.map(() => true)
        : table.requirements.map(({ id }) => mayBeGranted(decisions.decide(id, caller)));
    const key = isShown.map(Number).join('');
    const found = known.get(key);
    if (found) return found;
    const permitted = buildPermittedSchema(schema, (coordinate) => {
      const element = table.fields.get(coordinate) ?? table.inputs.get(coordinate);
      return element === undefined || isShown[element.requirement] === true;
    });
    known.set(key, permitted);
    return permitted;
  };
}

/**
 * Returns whether an element is shown: the token suffices, groups of the caller may suffice, or the user only has to step up.
 * A policy decides later.
 */
function mayBeGranted(decision: Decision): boolean {
  return decision.kind !== 'denied' || decision.code === 'INSUFFICIENT_CLAIMS';
}

/** Bytes that V8 takes on 64 bits (a test holds the estimate within a quarter). Descriptions, scalars and enums are shared. */
const BYTES = { schema: 7_500, type: 325, field: 175, argument: 94, inputField: 150, wrapper: 33 } as const;

/** Estimates the bytes that a permitted schema keeps in memory beside the whole schema. */
export function estimateBytes(schema: GraphQLSchema): number {
  let bytes: number = BYTES.schema;
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__') || isLeafType(type)) continue;
    bytes += BYTES.type;
    for (const field of 'getFields' in type ? Object.values(type.getFields()) : []) bytes += fieldBytes(field);
  }
  return bytes;
}

function fieldBytes(field: GraphQLField<unknown, unknown> | GraphQLInputField): number {
  if (!('args' in field)) return BYTES.inputField + wrappersOf(field.type);
  const given = field.args.map(({ type }) => BYTES.argument + wrappersOf(type));
  return given.reduce((total, bytes) => total + bytes, BYTES.field + wrappersOf(field.type));
}

/** Each list and each non-null is an object around its type. */
function wrappersOf(type: GraphQLType): number {
  return isWrappingType(type) ? BYTES.wrapper + wrappersOf(type.ofType) : 0;
}
