import { AssertionError } from 'node:assert';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { type DocumentNode, type GraphQLSchema, parse, validate } from 'graphql';
import type { Caller } from '../authentication/caller.js';
import { createExplainOperation, type OperationAccess } from '../authorization/permissions/explain-operation.js';
import { AUTHENTICATED_REQUIREMENT } from '../authorization/requirements/requirement.js';
import type { RequirementTable } from '../authorization/requirements/requirement-table.js';
import { compileRequirements } from '../authorization/rules/compile-requirements.js';
import type { TypeDefs } from '../authorization/rules/written-rules.js';
import { buildFromFiles } from '../graphql/schema/schema-error.js';
import { readSchemaFiles } from '../graphql/schema/schema-files.js';

/** An operation and what each caller gets of it. */
export interface TestedOperation<Name extends string = string> {
  /** Names the operation in the report of the tests. */
  readonly name: string;
  /** Valid in the schema, with one operation. */
  readonly document: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  /**
   * Expectation for each caller: `allowed`, `partial`, `denied` or `depends`. It may name the places as the result does:
   * `partial: Invoice.note (role Invoices.Auditor)`.
   */
  readonly expected: Readonly<Record<Name, string>>;
}

export interface RuleTableOptions<Name extends string> {
  /** Folder of `.graphql` files of an API of this package. The directives and the server's own types belong to it. */
  readonly schemaFolder?: URL;
  /** In place of `schemaFolder`: a schema with the directives, as for `createAuthorization`. */
  readonly schema?: GraphQLSchema;
  /** The type definitions of `schema`, as for `createAuthorization`. */
  readonly typeDefs?: TypeDefs;
  /** `closed`, as the setting `AGENTS`. Default `open`. */
  readonly agents?: 'open' | 'closed';
  /** By name. `undefined` is the anonymous caller. */
  readonly callers: Readonly<Record<Name, Caller | undefined>>;
  readonly operations: readonly TestedOperation<NoInfer<Name>>[];
}

/** One caller and one operation. */
export interface RuleRow {
  /** Title of a test, such as `nina: read notes`. */
  readonly title: string;
  readonly caller: string;
  readonly operation: string;
  readonly expected: string;
  /** Result by the rules, in the words of `expected`. */
  readonly actual: string;
  readonly access: Pick<OperationAccess, 'outcome' | 'needs'>;
}

export interface RuleTable {
  readonly rows: readonly RuleRow[];
  /** Fields with a rule of their own that no operation selects. Empty: every rule is in the table. */
  readonly untested: readonly string[];
}

/**
 * Decides each operation for each caller by the rules of the schema, without running it.
 *
 * @throws TypeError for an operation that is not valid, or without an expectation for each caller
 * @throws SchemaError, RequirementError for a schema that would not start
 */
export function judgeOperations<const Name extends string>(options: RuleTableOptions<Name>): RuleTable {
  const { schema, table } = readRules(options);
  const explain = createExplainOperation(schema, table);
  const callers = Object.entries<Caller | undefined>(options.callers);
  const selected = new Set<string>();
  const rows = options.operations.flatMap((operation) => {
    const document = parseOperation(schema, operation);
    checkCells(operation, Object.keys(options.callers));
    return callers.map(([caller, who]): RuleRow => {
      const { fields, ...access } = explainIn(operation, () =>
        explain({ document, variables: operation.variables, caller: who }),
      );
      for (const field of fields) selected.add(field);
      const expected = new Map(Object.entries<string>(operation.expected)).get(caller) ?? '';
      const title = `${caller}: ${operation.name}`;
      return { title, caller, operation: operation.name, expected, actual: describeAccess(access), access };
    });
  });
  return { rows, untested: ruledFields(table).filter((field) => !selected.has(field)) };
}

/**
 * Checks one row.
 *
 * @throws AssertionError with the result of each caller, if one differs from its expectation
 */
export function assertRow({ title, expected, actual, access: { outcome } }: RuleRow): void {
  if (expected === actual || expected === outcome) return;
  const message = `${title}\n  expected  ${expected}\n  the rules say  ${actual}`;
  throw new AssertionError({ message, expected, actual, operator: 'assertRow' });
}

function readRules<Name extends string>({
  schemaFolder,
  schema,
  typeDefs,
  agents = 'open',
}: RuleTableOptions<Name>): { readonly schema: GraphQLSchema; readonly table: RequirementTable } {
  if ((schema === undefined) === (schemaFolder === undefined)) {
    throw new TypeError('judgeOperations needs either schemaFolder or schema.');
  }
  if (schema) return { schema, table: compileRequirements(schema, undefined, typeDefs, { agents }) };
  const files = readSchemaFiles(new URL(String(schemaFolder)));
  const built = buildFromFiles(files, () => makeExecutableSchema({ typeDefs: files }));
  return { schema: built, table: compileRequirements(built, undefined, files, { agents }) };
}

function parseOperation(schema: GraphQLSchema, { name, document }: TestedOperation): DocumentNode {
  return explainIn({ name }, () => {
    const parsed = parse(document);
    const problems = validate(schema, parsed);
    if (problems.length > 0) throw new TypeError(problems.map(({ message }) => message).join('\n'));
    return parsed;
  });
}

/** Runs `work`. What it throws is a TypeError that names the operation. */
function explainIn<Result>({ name }: Pick<TestedOperation, 'name'>, work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    throw new TypeError(`The operation "${name}": ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

/** A caller without a cell would not be tested, and a cell without a caller neither. */
function checkCells({ name, expected }: TestedOperation, callers: readonly string[]): void {
  const cells = Object.keys(expected);
  const missing = callers.filter((caller) => !cells.includes(caller));
  const unknown = cells.filter((cell) => !callers.includes(cell));
  if (missing.length > 0) throw new TypeError(`The operation "${name}" does not say what ${missing.join(', ')} gets.`);
  if (unknown.length > 0)
    throw new TypeError(`The operation "${name}" names no caller of the table: ${unknown.join(', ')}.`);
}

function describeAccess({ outcome, needs }: RuleRow['access']): string {
  if (needs.length === 0) return outcome;
  return `${outcome}: ${needs.map(({ coordinate, missing }) => `${coordinate} (${missing})`).join(', ')}`;
}

/** Returns the fields of the schema's own types (not the server's) that require more than an access token. */
function ruledFields({ fields, requirements }: RequirementTable): readonly string[] {
  return [...fields.values()]
    .filter(({ on, requirement, policies }) => {
      const isPublic = requirements[requirement]?.isPublic === true;
      return on === 'object' && !isPublic && (requirement !== AUTHENTICATED_REQUIREMENT || policies.length > 0);
    })
    .map(({ coordinate }) => coordinate);
}
