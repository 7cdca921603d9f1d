import { type Html, html } from '../../pages/html.js';
import { describeMissing } from '../decisions/describe-missing.js';
import { typeOf } from '../requirements/requirement-table.js';
import type { FieldAccess } from './explain-access.js';
import type { PermissionMatrix, PermissionRow } from './permission-matrix.js';

/** Renders the matrix as a Markdown page with a table for each type. It ends with a line break. */
export function renderMatrixAsMarkdown(matrix: PermissionMatrix): string {
  const head = headings(matrix).map(escapeMarkdown);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const sections = [...byType(matrix.rows)].map(([type, rows]) =>
    [
      `## ${type}`,
      '',
      line(head),
      line(head.map(() => '---')),
      ...rows.map((row) => line([fieldOf(row), ...cellsOf(row)].map(escapeMarkdown))),
      ...recordedIn(rows),
      ...(matrix.closedToAgents.has(type) ? ['', CLOSED_TO_AGENTS] : []),
    ].join('\n'),
  );
  return `${['# Permissions', ...sections].join('\n\n')}\n`;
}

const CLOSED_TO_AGENTS =
  'Closed to agents. Where a field returns an interface or a union, they see that an object of this type is there, and its `__typename`.';

/** Lists the fields whose uses are recorded, below the table of their type. */
function recordedIn(rows: readonly PermissionRow[]): readonly string[] {
  const recorded = rows.flatMap((row) =>
    row.audited === undefined ? [] : [`Each use of ${fieldOf(row)} is recorded: ${escapeMarkdown(row.audited)}`],
  );
  return recorded.length > 0 ? ['', ...recorded] : [];
}

/** Renders the matrix as JSON for programs with two spaces of indentation. It ends with a line break. */
export function renderMatrixAsJson(matrix: PermissionMatrix): string {
  const rows = matrix.rows.map((row) => ({ ...row, access: Object.fromEntries(row.access) }));
  const closedToAgents = [...matrix.closedToAgents];
  return `${JSON.stringify({ callers: matrix.callers, closedToAgents, rows }, undefined, 2)}\n`;
}

/**
 * Renders the matrix as an HTML table to be put into a page. It has no script and no style. Each type has a `tbody`. All
 * text is escaped.
 */
export function renderMatrixAsHtml(matrix: PermissionMatrix): string {
  const columns = headings(matrix);
  const bodies = [...byType(matrix.rows)].map(([type, rows]) => {
    const note = matrix.closedToAgents.has(type) ? `. ${CLOSED_TO_AGENTS}` : '';
    return html`<tbody>
<tr><th scope="rowgroup" colspan="${columns.length}">${type + note}</th></tr>
${rows.map(htmlRow)}</tbody>
`;
  });
  return html`<table>
<thead><tr>${columns.map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead>
${bodies}</table>
`.markup;
}

const MARKS: Readonly<Record<FieldAccess['decision'], string>> = {
  ALLOWED: 'yes',
  DEPENDS: 'policy',
  DENIED: 'no',
  UNKNOWN: 'not known',
};

function headings(matrix: PermissionMatrix): readonly string[] {
  return ['Field', 'Users', 'Applications', 'Agents', 'Policies', ...matrix.callers];
}

function cellsOf({ isPublic, users, applications, forbidsAgents, policies, access }: PermissionRow): readonly string[] {
  return [
    isPublic ? 'everyone' : describeMissing(users) || 'any user',
    isPublic ? 'everyone' : applications === 'never' ? 'none' : describeMissing(applications) || 'any application',
    isPublic ? 'everyone' : forbidsAgents ? 'no' : 'yes',
    describeMissing(policies),
    ...[...access.values()].map((decision) => MARKS[decision]),
  ];
}

function htmlRow(row: PermissionRow): Html {
  return html`<tr><th scope="row">${fieldOf(row)}</th>${cellsOf(row).map((cell) => html`<td>${cell}</td>`)}</tr>
`;
}

function byType(rows: readonly PermissionRow[]): ReadonlyMap<string, readonly PermissionRow[]> {
  const groups = new Map<string, PermissionRow[]>();
  for (const row of rows) {
    const group = groups.get(typeOf(row));
    if (group) group.push(row);
    else groups.set(typeOf(row), [row]);
  }
  return groups;
}

function fieldOf(row: PermissionRow): string {
  return row.coordinate.slice(typeOf(row).length + 1);
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\|`*_<>[\]]/g, '\\$&');
}
