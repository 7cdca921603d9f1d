/** Characters that a terminal obeys or that hide others: control codes, and formats such as right-to-left marks. */
const UNPRINTABLE = /[^\P{C}\n]/gu;

/**
 * Text that is safe to print, whoever wrote it: a claim in a forged token could otherwise move the cursor and paint "pass"
 * over "FAIL". What is not printed is written as `\u001b`, so that JSON stays JSON.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) =>
    [...Array(character.length).keys()]
      .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
