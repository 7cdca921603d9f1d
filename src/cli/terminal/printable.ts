/** Characters that a terminal obeys or that hide others, such as control codes and right-to-left marks. */
const UNPRINTABLE = /[^\P{C}\n]/gu;

/**
 * Returns text that is safe to print. A claim in a forged token could otherwise move the cursor and paint "pass" over
 * "FAIL". Other characters become `\u001b` and the like, so that JSON stays JSON.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) =>
    [...Array(character.length).keys()]
      .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
