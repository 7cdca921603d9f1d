/** One command of a shell block. */
export interface ShellCommand {
  /** Settings in front of it, such as `PORT=4100`, and what `export` names. */
  readonly variables: readonly string[];
  /** The program and its words, without quotes. Empty for settings alone. */
  readonly words: readonly string[];
}

const SUBSTITUTION = /\$\(([^)]+)\)/g;

/**
 * Splits a block into its commands, those inside `$( )` included. It knows what the pages use: quotes, comments, continued
 * lines, pipes, `&&` and redirections to a file.
 */
export function commandsOf(block: string): ShellCommand[] {
  const lines = block.replaceAll(/\\\n/g, ' ').replaceAll('|\n', '| ').split('\n');
  return lines
    .flatMap((line) => [
      ...insideOf(line),
      ...withoutComment(line)
        .replaceAll(SUBSTITUTION, '…')
        .split(/&&| \| /),
    ])
    .flatMap(commandOf);
}

function insideOf(line: string): string[] {
  return [...line.matchAll(SUBSTITUTION)].map(([, command = '']) => command);
}

/** A `#` in quotes begins no comment. */
function withoutComment(line: string): string {
  return /^((?:[^#'"]|'[^']*'|"[^"]*"|(?<=\S)#)*)/.exec(line)?.[1] ?? line;
}

function commandOf(text: string): ShellCommand[] {
  const pieces = text.replace(/ > \S+/, '').match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? [];
  const words = pieces.map((piece) => piece.replaceAll(/['"]/g, ''));
  if (words[0] === 'export') words.shift();
  const end = words.findIndex((word) => !/^[A-Z_]+=/.test(word));
  const variables = words.slice(0, end === -1 ? words.length : end).map((word) => word.split('=')[0] ?? '');
  const rest = end === -1 ? [] : words.slice(end);
  return variables.length + rest.length > 0 ? [{ variables, words: rest }] : [];
}
