import type { DeniedPart, OperationAccess } from './operation-access.js';

/** An operation of a released client, and what each caller may do with it. */
export interface OperationRow {
  /** Name of the operation, and of its file where there are several. */
  readonly operation: string;
  readonly access: ReadonlyMap<string, OperationAccess>;
}

const WORDS = { ALLOWED: 'yes', DEPENDS: 'policy', PARTIAL: 'partly', DENIED: 'no' } as const;

/** Renders the operations and their callers as a table, and below it the denials. It ends with a line break. */
export function renderOperationAccess(rows: readonly OperationRow[]): string {
  const callers = [...(rows[0]?.access.keys() ?? [])];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const table = [
    line(['Operation', ...callers]),
    line(['---', ...callers.map(() => '---')]),
    ...rows.map(({ operation, access }) =>
      line([operation, ...[...access.values()].map(({ decision }) => WORDS[decision])]),
    ),
  ];
  const details = rows.flatMap(({ operation, access }) => describeDenials(operation, access));
  return `${[...table, ...(details.length > 0 ? ['', ...details] : [])].join('\n')}\n`;
}

function describeDenials(operation: string, access: ReadonlyMap<string, OperationAccess>): readonly string[] {
  const callersByDenial = new Map<string, string[]>();
  for (const [caller, { denied }] of access) {
    if (denied.length === 0) continue;
    const text = denied.map(describePart).join('; ');
    callersByDenial.set(text, [...(callersByDenial.get(text) ?? []), caller]);
  }
  return [...callersByDenial].map(([text, callers]) => `- ${operation}, ${callers.join(', ')}: ${text}`);
}

export function describePart({ coordinate, missing, ifSent }: DeniedPart): string {
  return `\`${coordinate}\`${ifSent ? ' if it is sent' : ''}: ${missing}`;
}
