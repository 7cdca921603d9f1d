import {
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  visit,
} from 'graphql';
import { WeakCache } from '../../../authorization/operations/weak-cache.js';
import { LIMITS } from '../../../config/limits.js';
import { coercionSize, createVariableCoercion } from './coerce-variables.js';
import { type CompiledQuery, compileQuery } from './compile-query.js';
import type { RunInput } from './run.js';

/** Number of runs before a query is compiled. A query that is asked once or twice is not worth it. */
const RUNS_BEFORE = 3;
const MOST_FIELDS = LIMITS.compiledQueryFields.default;
/** A query is compiled for each combination of values in its `@skip` and `@include`; more run uncompiled. */
const MOST_VARIANTS = LIMITS.compiledQueryVariants.default;

/**
 * Runs a compiled query, with variables as the client sent them. Returns undefined if graphql-js has to run it. Nothing of it
 * has run then.
 */
export type CompilableQuery = (run: RunInput) => ReturnType<CompiledQuery> | undefined;

/** Finds the compiled form of a query that came often enough. */
export interface FindCompiled {
  (document: DocumentNode, operation: OperationDefinitionNode): CompilableQuery | undefined;
  /** The bytes that the compiled queries take, as estimated. */
  readonly size: number;
}

/**
 * Compiles the queries of a schema that come often, and subscriptions, which run for each of their events. Returns undefined
 * for mutations and for operations that have not come often enough.
 *
 * @param maxBytes of all compiled queries, as estimated
 */
export function createCompiledQueries(schema: GraphQLSchema, maxBytes: number): FindCompiled {
  const known = new WeakCache<OperationDefinitionNode, Entry>(maxBytes);
  const find = (document: DocumentNode, operation: OperationDefinitionNode) => {
    if (operation.operation === OperationTypeNode.MUTATION) return undefined;
    const entry = known.get(operation) ?? { runs: 0 };
    if (entry.runs === 0) known.set(operation, entry, BYTES.counted);
    entry.runs += 1;
    if (entry.runs <= RUNS_BEFORE) return undefined;
    entry.query ??= compilable(schema, { document, operation }, (bytes) =>
      known.set(operation, entry, BYTES.counted + BYTES.compilable + bytes),
    );
    return entry.query;
  };
  return Object.defineProperty(Object.assign(find, { size: 0 }), 'size', { get: () => known.size });
}

interface Entry {
  runs: number;
  query?: CompilableQuery;
}

/** Bytes that V8 takes on 64 bits (a test holds the estimate within a quarter). */
const BYTES = { counted: 50, compilable: 1_500, fragment: 50 } as const;

/** @param grown is called with the estimated bytes of the compiled query whenever they rise */
function compilable(
  schema: GraphQLSchema,
  { document, operation }: { readonly document: DocumentNode; readonly operation: OperationDefinitionNode },
  grown: (bytes: number) => void,
): CompilableQuery {
  const compiled = { schema, operation, fragments: fragmentsOf(document) };
  const coerce = createVariableCoercion(schema, operation);
  const conditions = conditionVariables(document);
  const variants = new Map<string, CompiledQuery | undefined>();
  let bytes = BYTES.fragment * Object.keys(compiled.fragments).length + coercionSize(operation);
  // Variables that never fit keep a query from being compiled, and what has been read of it is kept all the same.
  grown(bytes);
  const compile = (variables: Readonly<Record<string, unknown>>) => {
    const query = compileQuery(compiled, variables, MOST_FIELDS);
    bytes += query?.bytes ?? 0;
    grown(bytes);
    return query;
  };
  return (run) => {
    const variables = coerce(run.variables);
    if (!variables) return undefined;
    const values = conditions.filter((name) => name in variables).map((name) => variables[name]);
    // A condition that is null is an error, at the place where graphql-js meets it.
    if (values.some((value) => typeof value !== 'boolean')) return undefined;
    const variant = values.join();
    if (!variants.has(variant) && variants.size < MOST_VARIANTS) variants.set(variant, compile(variables));
    return variants.get(variant)?.({ ...run, variables });
  };
}

function fragmentsOf({ definitions }: DocumentNode) {
  const fragments = definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  return Object.fromEntries(fragments.map((fragment) => [fragment.name.value, fragment]));
}

/** Names of the variables that stand in `@skip` and `@include`. */
function conditionVariables(document: DocumentNode): readonly string[] {
  const names = new Set<string>();
  visit(document, {
    Directive({ name, arguments: given = [] }) {
      if (name.value !== 'skip' && name.value !== 'include') return;
      for (const { value } of given) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
}
