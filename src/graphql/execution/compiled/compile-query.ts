import {
  type FieldNode,
  type GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  isLeafType,
  isNullableType,
  locatedError,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql';
import { isPromise } from '../../../values/is-promise.js';
import { collectFields } from './collect-fields.js';
import { type CompiledField, compileField } from './compiled-field.js';
import { compileCompletion } from './complete-value.js';
import { executeFields, type Selection, toSelection } from './execute-fields.js';
import { NulledPositions } from './nulled-positions.js';
import { createDenialsOf, type Operation, type RunInput } from './run.js';

type Data = Readonly<Record<string, unknown>>;

interface Result {
  readonly data: Data | null;
  readonly errors?: readonly GraphQLError[];
}

/** Runs the query. Returns the result itself if no resolver made it wait, and else a promise. Never throws or rejects. */
export interface CompiledQuery {
  (run: RunInput): Result | Promise<Result>;
  /** The memory that it takes, as estimated. */
  readonly bytes: number;
}

/** Bytes that V8 takes on 64 bits. A test holds that the estimate is right within a quarter. */
const BYTES = { query: 500, leaf: 950, composite: 1_450 } as const;

/**
 * Compiles a query: everything that follows from document and schema is computed once for all runs.
 *
 * @param operation a query or subscription that has passed validation
 * @param variables that `@skip` and `@include` name have to be the same in every run
 * @param maxFields maximum number of fields, counted for every possible type of an interface or union
 * @returns undefined when it has more fields, or a response key that a result object cannot have
 */
export function compileQuery(
  operation: Operation,
  variables: Readonly<Record<string, unknown>>,
  maxFields: number,
): CompiledQuery | undefined {
  const rootType = operation.schema.getRootType(operation.operation.operation);
  if (!rootType) return undefined;
  let remaining = maxFields;
  let isFaithful = true;
  let bytes: number = BYTES.query;
  const selectionOf = (type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[]): Selection => {
    const compiled: CompiledField[] = [];
    for (const [key, nodes] of collectFields(operation, type, selectionSets, variables)) {
      remaining -= 1;
      // As a property of an object this name would set its prototype.
      isFaithful &&= key !== '__proto__';
      if (remaining < 0 || !isFaithful) break;
      compiled.push(fieldOf(type, key, nodes));
    }
    return toSelection(compiled);
  };
  const fieldOf = (parentType: GraphQLObjectType, key: string, nodes: readonly [FieldNode, ...FieldNode[]]) => {
    const definition = definitionOf(parentType, nodes[0].name.value);
    const field = { operation, parentType, definition, key, nodes };
    bytes += isLeafType(getNamedType(definition.type)) ? BYTES.leaf : BYTES.composite;
    const selectionSets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    const complete = compileCompletion(definition.type, field, (type) => selectionOf(type, selectionSets));
    return compileField(field, { nodes, isNullable: isNullableType(definition.type), complete });
  };
  const selection = selectionOf(rootType, [operation.operation.selectionSet]);
  if (remaining < 0 || !isFaithful) return undefined;
  return Object.assign((run: RunInput) => execute(selection, run), { bytes });
}

function execute(selection: Selection, input: RunInput): ReturnType<CompiledQuery> {
  const failures = new NulledPositions();
  const { errors } = failures;
  const succeed = (data: Data): Result => (errors.length > 0 ? { errors, data } : { data });
  const fail = (error: unknown): Result => {
    failures.add(locatedError(error, undefined), undefined);
    return { errors, data: null };
  };
  const { context, rootValue, variables, budget, denied } = input;
  const run = { context, rootValue, variables, budget, denialsOf: denied && createDenialsOf(denied), failures };
  try {
    const executed = executeFields(selection, rootValue, undefined, run);
    return isPromise(executed) ? executed.then(succeed, fail) : succeed(executed);
  } catch (error) {
    return fail(error);
  }
}

const META_FIELDS = [SchemaMetaFieldDef, TypeMetaFieldDef, TypeNameMetaFieldDef];

function definitionOf(type: GraphQLObjectType, name: string): GraphQLField<unknown, unknown> {
  const definition = type.getFields()[name] ?? META_FIELDS.find((field) => field.name === name);
  if (!definition) throw new TypeError(`${type.name}.${name} is not in the schema: the document was not validated`);
  return definition;
}
