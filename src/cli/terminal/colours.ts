/** Adds colour to text. Without colours, each function returns its text as it is. */
export type Colours = Readonly<Record<keyof typeof CODES, (text: string) => string>>;

/** Beginnings and ends, as terminals know them (ECMA-48 s.8.3.117). */
const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

/**
 * Returns whether output is coloured. `FORCE_COLOR` decides first, then `NO_COLOR` (no-color.org), and otherwise only a
 * terminal gets colours. A pipe or a file would keep the codes as rubbish.
 */
export function wantsColours(
  environment: Readonly<Record<string, string | undefined>>,
  output: { readonly isTTY?: boolean },
): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: none, TERM: kind } = environment;
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  if (none !== undefined && none !== '') return false;
  return output.isTTY === true && kind !== 'dumb';
}

export function createColours(isOn: boolean): Colours {
  const colour =
    ([begin, end]: readonly [number, number]) =>
    (text: string) =>
      isOn && text !== '' ? `\u001b[${begin}m${text}\u001b[${end}m` : text;
  return {
    bold: colour(CODES.bold),
    dim: colour(CODES.dim),
    red: colour(CODES.red),
    green: colour(CODES.green),
    yellow: colour(CODES.yellow),
    cyan: colour(CODES.cyan),
  };
}
