const LEFT_OUT = '<access token>';

/**
 * A part of a JWT, and the parts that follow it after dots. The part is JSON in base64url. Its first two characters are `{`
 * and a quote or white space, which fixes the first three or four characters of the encoding. One part is enough, should the
 * others be lost.
 */
const PARTS_OF_TOKEN = /e(?:y[JA]|w[ok](?=[gJKNi])|w0K)[\w-]{12,}(?:\.[\w-]*)*/g;

/**
 * Longer than any key id, GUID or SHA-256 in base64url (43). Shorter than any signature of a token (86 and Entra's 342).
 */
const SHORTEST_SECRET = 44;
const RUNS = /[\w+-]+/g;

/** The rest of a token beside a part that was removed. It consists of base64 with `/` or padding. */
const HANGING_ON = /<access token>(?:[./=]+(?:<access token>|[\w+-]+)|=+)+/g;

/**
 * Text without access tokens, their signatures and opaque tokens. Messages repeat the arguments of a command. A token among
 * them would stay in the logs of a build, where anyone could use it until it expires.
 */
export function withoutTokens(text: string): string {
  return text
    .replace(RUNS, (run) => (holdsSecret(run) ? LEFT_OUT : run))
    .replace(PARTS_OF_TOKEN, LEFT_OUT)
    .replace(HANGING_ON, LEFT_OUT);
}

function holdsSecret(run: string): boolean {
  for (let start = 0; start + SHORTEST_SECRET <= run.length; start += 1) {
    if (looksRandom(run.slice(start, start + SHORTEST_SECRET))) return true;
  }
  return false;
}

/**
 * Returns whether 44 characters are base64 of random bytes. Random text has a capital beside a small letter or digit some
 * 20 times. Names of files and fields have one capital for each word. GUIDs and hashes have one case.
 */
function looksRandom(text: string): boolean {
  const besideCapital = count(text, /[A-Z](?=[a-z\d])|[a-z\d](?=[A-Z])/g);
  return besideCapital >= 13 && count(text, /\d/g) >= 3 && count(text, /[a-z]/g) >= 3;
}

function count(text: string, what: RegExp): number {
  return text.match(what)?.length ?? 0;
}
