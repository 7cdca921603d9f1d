import { MapperKind, mapSchema } from '@graphql-tools/utils';
import { defaultFieldResolver, type GraphQLSchema } from 'graphql';
import { type AuditedFields, readAuditedFields } from './audited-fields.js';

/** One use of an audited field. */
export interface Access {
  /** Coordinate of the field, such as `Employee.bankAccount`. */
  readonly coordinate: string;
  readonly reason: string;
  /** `FAILED`: the resolver was called and ended with an error that is not a denial. */
  readonly outcome: 'GRANTED' | 'DENIED' | 'FAILED';
  /** Ids of the object that has the field, or else of the objects that it returns. */
  readonly rows: readonly string[];
  /** Name of the operation, if it has one. */
  readonly operation: string | undefined;
}

/** Records an access. If it rejects, the field is an error and its value is not shown. */
export type RecordAccess<TContext> = (access: Access, context: TContext) => Promise<void>;

/** Codes of denials, which `onDenied` reports. */
const DENIALS: ReadonlySet<unknown> = new Set(['UNAUTHENTICATED', 'FORBIDDEN', 'INSUFFICIENT_CLAIMS']);

/**
 * Records each use of an audited field. It surrounds resolver and rule, so that guarded, unguarded and compiled operations
 * and events of subscriptions all record. A value is shown only after `record` has resolved. Denials are not recorded here.
 * Pass them on from `onDenied`, which also gets denials from before the execution.
 *
 * @throws RequirementError with every `@audited` that would record nothing
 */
export function withAccessRecord<TContext>(
  schema: GraphQLSchema,
  record: RecordAccess<TContext>,
  audited: AuditedFields = readAuditedFields(schema),
): GraphQLSchema {
  if (audited.size === 0) return schema;
  const recording = mapSchema(schema, {
    [MapperKind.OBJECT_FIELD]: (field, fieldName, typeName) => {
      const coordinate = `${typeName}.${fieldName}`;
      const reason = audited.get(coordinate);
      if (reason === undefined) return undefined;
      const resolve = field.resolve ?? defaultFieldResolver;
      return {
        ...field,
        resolve: async (parent: unknown, args, context: TContext, info) => {
          const use = { coordinate, reason, operation: info.operation.name?.value };
          let result: unknown;
          try {
            result = await resolve(parent, args, context, info);
            // Rules deny by returning their error.
            if (result instanceof Error) throw result;
          } catch (error) {
            if (!DENIALS.has(Object(Object(error).extensions).code)) {
              await record({ ...use, outcome: 'FAILED', rows: idsIn(parent) }, context).catch(() => undefined);
            }
            throw error;
          }
          const own = idsIn(parent);
          await record({ ...use, outcome: 'GRANTED', rows: own.length > 0 ? own : idsIn(result) }, context);
          return result;
        },
      };
    },
  });
  recording.extensions = { ...recording.extensions, [RECORDS]: true };
  return recording;
}

const RECORDS = Symbol.for('entra-graphql records access');

/** Returns whether the uses of audited fields of this schema are recorded, or it has none. */
export function recordsAccess(schema: GraphQLSchema): boolean {
  return Object(schema.extensions)[RECORDS] === true || readAuditedFields(schema).size === 0;
}

/** Returns the ids of an object, of the items of a list or page, or of the objects in a payload. */
function idsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(idsIn);
  if (typeof value !== 'object' || value === null) return [];
  const { id, edges, nodes }: { id?: unknown; edges?: unknown; nodes?: unknown } = value;
  if (typeof id === 'string') return [id];
  if (Array.isArray(edges)) return edges.flatMap((edge: unknown) => idsIn(Object(edge).node));
  if (Array.isArray(nodes)) return nodes.flatMap(idsIn);
  return Object.values(value).flatMap((member: unknown) => idOf(member));
}

function idOf(member: unknown): string[] {
  const { id } = Object(member);
  return typeof id === 'string' ? [id] : [];
}
