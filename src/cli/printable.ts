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

/**
 * A part of a JWT, with what hangs on it by dots: JSON in base64url begins with `eyJ`, or `eyA` before a space. One part is
 * enough, should the others be lost.
 */
const PARTS_OF_TOKEN = /ey[JA][\w-]{12,}(?:\.[\w-]*)*/g;

/**
 * Text without access tokens. Messages repeat what a command was called with, and a token in the wrong place would stay in
 * the logs of a build, for anyone to use until it expires.
 */
export function withoutTokens(text: string): string {
  return text.replace(PARTS_OF_TOKEN, '<access token>');
}
