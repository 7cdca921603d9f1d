const OPENING: ReadonlySet<string> = new Set(['(', '[', '{']);
const CLOSING: ReadonlySet<string> = new Set([')', ']', '}']);
const BLOCK_QUOTE = '"""';

/**
 * Returns whether the brackets of a document are nested deeper than allowed, without parsing it. graphql-js parses brackets
 * by recursion, and some thousands of them overflow its stack. Strings and comments have no brackets. The text need not be
 * valid: what follows the first mistake is never parsed.
 */
export function isNestedDeeper(text: string, maximum: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '#') at = endOfLine(text, at);
    else if (character === '"') at = endOfString(text, at);
    else if (CLOSING.has(character)) depth -= 1;
    else if (OPENING.has(character)) depth += 1;
    if (depth > maximum) return true;
  }
  return false;
}

/** Returns the position of the line end, or the end of the text. */
function endOfLine(text: string, start: number): number {
  let end = start;
  while (end < text.length && text.charAt(end) !== '\n' && text.charAt(end) !== '\r') end += 1;
  return end;
}

/** Returns the position of the last closing quote, or the end of the text. */
function endOfString(text: string, start: number): number {
  if (text.startsWith(BLOCK_QUOTE, start)) return endOfBlockString(text, start);
  let end = start + 1;
  while (end < text.length && text.charAt(end) !== '"') end += text.charAt(end) === '\\' ? 2 : 1;
  return end;
}

/** A block string has one escape: a backslash before three quotes. */
function endOfBlockString(text: string, start: number): number {
  let end = text.indexOf(BLOCK_QUOTE, start + 3);
  while (end !== -1 && text.charAt(end - 1) === '\\') end = text.indexOf(BLOCK_QUOTE, end + 3);
  return end === -1 ? text.length : end + 2;
}
