import { type ASTNode, type ConstDirectiveNode, type GraphQLSchema, valueFromASTUntyped } from 'graphql';
import { readLinkedNames } from '../../authorization/rules/directive-names.js';
import { locationOf } from '../../authorization/rules/requirement-error.js';

/** A schema element that can have a directive. A parsed one has a node, and one made in code has extensions. */
export interface PricedElement {
  readonly astNode?: (ASTNode & { readonly directives?: readonly ConstDirectiveNode[] | undefined }) | null | undefined;
  readonly extensionASTNodes?: readonly { readonly directives?: readonly ConstDirectiveNode[] | undefined }[];
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** `@listSize` as written. Absent arguments are undefined. */
export interface ListSize {
  readonly assumedSize: number | undefined;
  readonly slicingArguments: readonly string[];
  readonly sizedFields: readonly string[];
  readonly requireOneSlicingArgument: boolean;
}

/** Reads the cost directives of a schema and collects what is wrong with them. */
export interface CostDirectives {
  /** The weight of an element; undefined without `@cost`. */
  weightOf(element: PricedElement, coordinate: string): number | undefined;
  /** The list size of a field; undefined without `@listSize`. */
  listSizeOf(field: PricedElement, coordinate: string): ListSize | undefined;
  /** Notes a problem at an element, with file and line where they are known. */
  report(element: PricedElement, coordinate: string, message: string): void;
  readonly problems: readonly string[];
}

type DirectiveName = 'cost' | 'listSize';
type Arguments = Readonly<Record<string, unknown>>;

const DIRECTIVES: readonly DirectiveName[] = ['cost', 'listSize'];
/** Federation 2.9 and later import both directives; supergraphs link the specification of their own. */
const SPECIFICATION = /\/(?<name>federation|cost)\/v\d+\.\d+\/?$/;

/** Weights and sizes above it would only be ways to write "forbidden". */
const MAX_WEIGHT = 1_000_000_000;
const WEIGHT = /^\d{1,10}(\.\d{1,9})?$/;

/** Reads `@cost` and `@listSize` (GraphQL Cost Directives, s.7 and s.8) by the names under which a schema knows them. */
export function createCostDirectives(schema: GraphQLSchema): CostDirectives {
  const linked = readLinkedNames(schema, SPECIFICATION, DIRECTIVES);
  const names = new Map<string, DirectiveName>([...DIRECTIVES.map((name) => [name, name] as const), ...linked]);
  const problems: string[] = [];
  const report: CostDirectives['report'] = (element, coordinate, message) => {
    const location = locationOf(element.astNode);
    problems.push(`${location === undefined ? '' : `${location} `}${coordinate}: ${message}`);
  };
  const find = (wanted: DirectiveName, element: PricedElement, coordinate: string): Arguments | undefined => {
    const found = applied(element, wanted, names);
    if (found.length > 1) report(element, coordinate, `@${wanted} stands here ${found.length} times; leave one`);
    return found[0];
  };
  return {
    problems,
    report,
    weightOf(element, coordinate) {
      const given = find('cost', element, coordinate);
      if (!given) return undefined;
      const weight = toWeight(given.weight);
      if (weight === undefined) {
        report(element, coordinate, `@cost(weight: ${JSON.stringify(given.weight)}) is not ${EXPECTED_WEIGHT}`);
      }
      return weight ?? 0;
    },
    listSizeOf(field, coordinate) {
      const given = find('listSize', field, coordinate);
      if (!given) return undefined;
      const assumedSize = given.assumedSize ?? undefined;
      if (assumedSize !== undefined && !isSize(assumedSize)) {
        report(field, coordinate, `@listSize(assumedSize:) is not a whole number from 0 to ${MAX_WEIGHT}`);
      }
      return {
        assumedSize: isSize(assumedSize) ? assumedSize : undefined,
        slicingArguments: toNames(given.slicingArguments),
        sizedFields: toNames(given.sizedFields),
        requireOneSlicingArgument: given.requireOneSlicingArgument !== false,
      };
    },
  };
}

/**
 * The specification allows negative weights. Here they stop the start: an argument that makes an operation cheaper is a way
 * for clients to get past the bound.
 */
const EXPECTED_WEIGHT = `a weight: a string with a number from 0 to ${MAX_WEIGHT}, such as "2.5"`;

/** Federation's `@cost` has whole numbers for weights, the specification's strings. */
function toWeight(value: unknown): number | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !WEIGHT.test(text)) return undefined;
  return Number(text) <= MAX_WEIGHT ? Number(text) : undefined;
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_WEIGHT;
}

function toNames(value: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value)
    ? value
    : value === undefined || value === null
      ? []
      : [value];
  return values.filter((name) => typeof name === 'string');
}

/** The arguments of each use of a directive on an element. In code it stands in `extensions.directives`. */
function applied(
  { astNode, extensionASTNodes = [], extensions }: PricedElement,
  wanted: DirectiveName,
  names: ReadonlyMap<string, DirectiveName>,
): readonly Arguments[] {
  const nodes = [astNode, ...extensionASTNodes].flatMap((node) => node?.directives ?? []);
  const written = nodes.filter(({ name }) => names.get(name.value) === wanted).map(argumentsOf);
  if (written.length > 0) return written;
  return inExtensions(extensions.directives).flatMap(([name, given]) => (names.get(name) === wanted ? given : []));
}

function argumentsOf(directive: ConstDirectiveNode): Arguments {
  return Object.fromEntries(
    (directive.arguments ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value)] as const),
  );
}

/** Reads both forms that schema builders write: `{cost: {weight: "2"}}` and `[{name: "cost", args: {weight: "2"}}]`. */
function inExtensions(directives: unknown): readonly (readonly [name: string, given: readonly Arguments[]])[] {
  if (Array.isArray(directives)) {
    return directives.map((entry) => [String(Object(entry).name), [Object(Object(entry).args)]] as const);
  }
  return Object.entries(Object(directives)).map(([name, given]) => {
    const uses: readonly unknown[] = Array.isArray(given) ? given : [given];
    return [name, uses.map((use) => Object(use))] as const;
  });
}
