import fc from 'fast-check';

/** One change to bytes. Places are counted modulo what there is, so that an edit fits any bytes. */
type Edit =
  | { readonly kind: 'flip' | 'cut' | 'swap lines' | 'break line'; readonly at: number; readonly to: number }
  | { readonly kind: 'repeat'; readonly at: number; readonly length: number; readonly times: number }
  | { readonly kind: 'insert'; readonly at: number; readonly remove: number; readonly bytes: Uint8Array }
  | { readonly kind: 'number'; readonly at: number; readonly text: string };

/** Repeated parts end here. Larger inputs have tests of their own. */
const MOST_BYTES = 60_000;
const NUMBERS = [
  '',
  '0',
  '-1',
  '+5',
  '007',
  '1e3',
  '0x10',
  '5, 5',
  '7fffffff',
  '4294967296',
  'f'.repeat(17),
  '9'.repeat(40),
];
/** Pieces with a meaning in HTTP, JSON, GraphQL or their encodings. */
const PIECES = [
  'Transfer-Encoding: chunked\r\n',
  'Content-Length: 5\r\n',
  'Expect: 100-continue\r\n',
  'Connection: close\r\n',
  'Connection: Upgrade\r\nUpgrade: h2c\r\n',
  'Content-Encoding: gzip\r\n',
  'GET / HTTP/1.1\r\nHost: api\r\n\r\n',
  '\r\n\r\n',
  '0\r\n\r\n',
  '\0',
  '%00',
  '%',
  '\\u0000',
  '\\ud800',
  '\xff\xfe',
  '\xed\xa0\x80',
  '\xef\xbb\xbf',
  '__proto__',
  '"x":null,',
  '[[[[[[[[',
  '{"a":',
  '...',
  '$',
  '"""',
  '-0',
  '1e999',
].map((piece) => Buffer.from(piece, 'latin1'));

const at = fc.nat();
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ kind: fc.constantFrom('flip', 'cut', 'swap lines', 'break line'), at, to: at }),
  fc.record({ kind: fc.constant('repeat'), at, length: fc.integer({ min: 1, max: 200 }), times: fc.nat({ max: 300 }) }),
  fc.record({
    kind: fc.constant('insert'),
    at,
    remove: fc.nat({ max: 5 }),
    bytes: fc.oneof(fc.constantFrom(...PIECES), fc.uint8Array({ maxLength: 20 })),
  }),
  fc.record({ kind: fc.constant('number'), at, text: fc.constantFrom(...NUMBERS) }),
);

/** One to four edits of the same bytes. */
export const edits = fc.array(edit, { minLength: 1, maxLength: 4 });

/** Returns the bytes with these edits, at most 60 kB. */
export function mutate(bytes: Buffer, all: readonly Edit[]): Buffer {
  return all.reduce(apply, bytes).subarray(0, MOST_BYTES);
}

function apply(bytes: Buffer, edit: Edit): Buffer {
  const place = edit.at % (bytes.length + 1);
  switch (edit.kind) {
    case 'flip': {
      const flipped = Buffer.from(bytes);
      flipped[place] = (flipped[place] ?? 0) ^ (1 << (edit.to % 8));
      return flipped;
    }
    case 'cut':
      return bytes.subarray(0, place);
    case 'repeat': {
      const part = bytes.subarray(place, place + edit.length);
      return Buffer.concat([bytes.subarray(0, place), ...Array(edit.times).fill(part), bytes.subarray(place)]);
    }
    case 'insert':
      return Buffer.concat([bytes.subarray(0, place), edit.bytes, bytes.subarray(place + edit.remove)]);
    case 'number':
      return replaceNth(bytes, /\d+/g, edit.at, () => edit.text);
    case 'break line':
      return replaceNth(bytes, /\r\n/g, edit.at, () => ['\n', '\r', '', '\r\n '][edit.to % 4] ?? '');
    case 'swap lines': {
      const lines = bytes.toString('latin1').split('\r\n');
      const [one, other] = [edit.at % lines.length, edit.to % lines.length];
      [lines[one], lines[other]] = [lines[other] ?? '', lines[one] ?? ''];
      return Buffer.from(lines.join('\r\n'), 'latin1');
    }
  }
}

/** Replaces one of the matches in bytes, which are read as Latin-1 and stay what they are. */
function replaceNth(bytes: Buffer, pattern: RegExp, nth: number, replace: () => string): Buffer {
  const text = bytes.toString('latin1');
  const found = [...text.matchAll(pattern)];
  const match = found[nth % Math.max(1, found.length)];
  if (!match) return bytes;
  const after = match.index + match[0].length;
  return Buffer.from(text.slice(0, match.index) + replace() + text.slice(after), 'latin1');
}
