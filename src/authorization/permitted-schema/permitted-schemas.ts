import type { GraphQLSchema } from 'graphql';
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

/** Bytes of an element, a little more than the heap that was measured. Descriptions, scalars and enums are shared. */
const BYTES = { schema: 8_000, type: 500, field: 180, input: 150 } as const;

export function estimateBytes(schema: GraphQLSchema): number {
  let bytes: number = BYTES.schema;
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    bytes += BYTES.type;
    if (!('getFields' in type)) continue;
    for (const field of Object.values(type.getFields())) {
      bytes += 'args' in field ? BYTES.field + field.args.length * BYTES.input : BYTES.input;
    }
  }
  return bytes;
}
