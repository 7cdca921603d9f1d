import type { FieldNode, GraphQLResolveInfo, SelectionNode, SelectionSetNode } from 'graphql';

/** Parts of the reports of a page that an operation may need. */
export interface AskedColumns {
  /** Their authors, which are then read in the same statement. */
  readonly authors: boolean;
  /** More than the first columns of a report. */
  readonly details: boolean;
}

type Asking = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>;

/** Fields of a report that `firstReportColumns` suffice for. With a field that is not here, all columns are read. */
const FIELDS_OF_FIRST_COLUMNS: ReadonlySet<string> = new Set([
  '__typename',
  'id',
  'title',
  'status',
  'author',
  'total',
  'createdAt',
  'items',
  'auditTrail',
  'riskScore',
]);

/** Returns what an operation may ask of the reports of a page. `@skip`, `@include` and denied fields do not make it less. */
export function askedColumns({ fieldNodes, fragments }: Asking): AskedColumns {
  const ofPage = fieldsIn(fieldNodes, fragments);
  const edges = fieldsIn(named(ofPage, 'edges'), fragments);
  const fields = fieldsIn([...named(ofPage, 'nodes'), ...named(edges, 'node')], fragments);
  return {
    authors: named(fields, 'author').length > 0,
    details: fields.some(({ name }) => !FIELDS_OF_FIRST_COLUMNS.has(name.value)),
  };
}

/** Returns whether the payload of a mutation may need the author of its report. */
export function asksForAuthor({ fieldNodes, fragments }: Asking): boolean {
  const reports = named(fieldsIn(fieldNodes, fragments), 'expenseReport');
  return named(fieldsIn(reports, fragments), 'author').length > 0;
}

function named(fields: readonly FieldNode[], name: string): readonly FieldNode[] {
  return fields.filter((field) => field.name.value === name);
}

/** Returns the fields that are selected in these, those of fragments among them. Each fragment counts once. */
function fieldsIn(parents: readonly FieldNode[], fragments: Asking['fragments']): readonly FieldNode[] {
  const fields: FieldNode[] = [];
  const reached = new Set<SelectionSetNode | undefined>(parents.map(({ selectionSet }) => selectionSet));
  // The set grows while it is walked.
  for (const set of reached) {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === 'Field') fields.push(selection);
      else reached.add(selectionsOf(selection, fragments));
    }
  }
  return fields;
}

function selectionsOf(
  selection: Exclude<SelectionNode, FieldNode>,
  fragments: Asking['fragments'],
): SelectionSetNode | undefined {
  return selection.kind === 'InlineFragment' ? selection.selectionSet : fragments[selection.name.value]?.selectionSet;
}
