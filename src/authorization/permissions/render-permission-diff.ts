import type { PermissionChange } from './permission-diff.js';
import { describeHolders, type PermissionHolder } from './permission-holders.js';

/**
 * Renders the changes as Markdown with a line for each coordinate. Without changes it is a sentence. It ends with a line
 * break.
 */
export function renderDiffAsMarkdown(changes: readonly PermissionChange[]): string {
  if (changes.length === 0) return 'No permission changes.\n';
  return `${changes.map(describeChange).join('\n')}\n`;
}

function describeChange({ coordinate, change, gained, lost, kept }: PermissionChange): string {
  const parts = [
    ...describeSide('gained by', gained),
    ...describeSide('lost by', lost, kept.length > 0 ? 'everyone else' : 'everyone'),
    ...(lost.length > 0 ? describeSide('kept by', kept) : []),
  ];
  return `- \`${coordinate}\` ${[change, ...parts].join('; ')}`;
}

function describeSide(verb: string, holders: readonly PermissionHolder[], everyone = 'everyone'): readonly string[] {
  if (holders.length === 0) return [];
  const who = describeHolders(holders).map((holder) => `**${holder === 'everyone' ? everyone : holder}**`);
  return [`${verb} ${who.join(', ')}`];
}
