import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { parseSync } from 'oxc-parser';
import { expect, it } from 'vitest';

// A bound of a size, number or time is a row of the table of limits. A number whose name reads like one, and the number of
// characters that a text is cut to, have to be read from the table, or to be one of these.

const NO_BOUNDS: Readonly<Record<string, string>> = {
  'a unit': 'DAY_MS MINUTE_MS MINUTE_MS SECONDS SECOND_MS SECOND_MS',
  'an estimate of what something takes':
    'ENTRY_BYTES ENTRY_BYTES ENTRY_BYTES HEADER_BYTES HEAD_BYTES MAX_BYTES_OF_UNIT OPERATION_BYTES OTHER_HEADER_BYTES PART_BYTES REQUEST_BYTES SHORT_BYTES VALUE_BYTES',
  'the pace of what the server does by itself':
    'ACCEPTING_MS BEGINNING_MS CHECKING_MS CHECKING_MS EARLY_MS EVERY_MS EVERY_MS FIRST_MS HURRY_MS KEEP_ALIVE_AFTER_MS LAST_USE_MS LOOK_MS LOOK_WINDOW_MS QUIET_TURN_MS READ_CLOCK_MS RENEW_BEFORE_MS RESOLUTION_MS SAME_SIGNAL_MS SWEEP_MS TURN_MS VERIFY_AGAIN_MS everyMs firstRetryMs',
  'a number that an answer tells':
    'CALLER_RETRY_SECONDS OVERLOAD_RETRY_SECONDS PREFLIGHT_SECONDS RETRY_AFTER_SECONDS RETRY_AFTER_SECONDS RETRY_AFTER_SECONDS RETRY_AFTER_SECONDS',
  'a number of a format or of another service':
    'EARLIEST_ZONE_MS IV_BYTES MAX_LABELS MAX_TIME_MS MIN_TIME_MS TAG_BYTES USERS_PER_BATCH',
  'for operators and programmers, and not for what clients send':
    'CLOCK_TOLERANCE_SECONDS LAST_WORK_MS MAX_BYTES MAX_DEPTH MAX_LENGTH MAX_NAMES MAX_NAMES MAX_SECRET_BYTES MAX_WEIGHT MOST_CACHE_BYTES MOST_LEAVES SHUTDOWN_LIMIT_SECONDS policyTimeoutMs requestTimeoutMs slice slice slice',
};

/** These do not run in a server, or are tables of limits. */
const LEFT_OUT = /^(cli|development|emulator|generated|testing|expenses\/sample-data)\/|(^|\/)limits\.ts$/;

const LIKE_A_BOUND = /^(MAX|MOST)_|(^|_)(MS|SECONDS|BYTES|LENGTH|BATCH|CHARACTERS)$/;
const MEMBER_LIKE_A_BOUND = /^timeout$|TimeoutMillis$|^max[A-Z]|[a-z](Timeout|Ms|Milliseconds|Seconds|Bytes|Length)$/;
/** Members with a smaller number say "none", "one" or how many seconds to wait. */
const SMALLEST_MEMBER = 10;

interface Node {
  readonly type: string;
  readonly declaration?: Node | null;
  readonly declarations?: readonly { readonly id: { readonly name?: string }; readonly init?: Node | null }[];
  readonly value?: unknown;
  readonly left?: Node;
  readonly right?: Node;
  readonly key?: { readonly name?: string };
  readonly callee?: { readonly property?: { readonly name?: string } };
  readonly arguments?: readonly Node[];
}

/** Returns the parts of a calculation, those of functions such as `Math.min` among them. */
function operandsOf(node: Node | null | undefined): readonly Node[] {
  if (!node) return [];
  if (node.arguments) return node.arguments.flatMap(operandsOf);
  return node.type === 'BinaryExpression' ? [...operandsOf(node.left), ...operandsOf(node.right)] : [node];
}

/** Returns whether an expression is a number, or calculated with one, and reads nothing of a table. */
function isNumber(node: Node | null | undefined): boolean {
  const operands = operandsOf(node);
  const isFromTable = operands.some(({ type }) => type === 'MemberExpression');
  return !isFromTable && operands.some(({ type, value }) => type === 'Literal' && typeof value === 'number');
}

/** Returns the names of the numbers that a file declares. */
function numbersIn(text: string): readonly string[] {
  const body = parseSync('file.ts', text).program.body as unknown as readonly Node[];
  return body
    .flatMap((statement) => (statement.declaration ?? statement).declarations ?? [])
    .filter(({ init }) => isNumber(init))
    .flatMap(({ id }) => id.name ?? []);
}

/** Returns the names of members of objects that are such numbers, and `slice` for each text that is cut to a number. */
function membersIn(part: unknown): readonly string[] {
  if (typeof part !== 'object' || part === null) return [];
  const within = Object.values(part).flatMap(membersIn);
  const node = part as Node;
  if (node.type === 'Property' && isLikeABound(node)) return [node.key?.name ?? '', ...within];
  const [from, to] = node.arguments ?? [];
  const isCut = node.callee?.property?.name === 'slice' && from?.value === 0 && Number(to?.value) >= SMALLEST_MEMBER;
  return isCut ? ['slice', ...within] : within;
}

function isLikeABound({ key, value }: Node): boolean {
  const numbers = operandsOf(value as Node).map((operand) => Number(operand.value));
  const isStatus = numbers.length === 1 && Number(numbers[0]) >= 400 && Number(numbers[0]) < 600;
  const isLarge = numbers.some((number) => number >= SMALLEST_MEMBER) && !isStatus;
  return MEMBER_LIKE_A_BOUND.test(key?.name ?? '') && isLarge && isNumber(value as Node);
}

it('every number of the server that reads like a bound is a row of the table of limits, or is listed here as another number', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll(sep, '/'))
    .filter((file) => file.endsWith('.ts') && !LEFT_OUT.test(file));
  const found = files.flatMap((file) => {
    const text = readFileSync(join('src', file), 'utf8');
    return [...numbersIn(text).filter((name) => LIKE_A_BOUND.test(name)), ...membersIn(parseSync(file, text).program)];
  });
  const known = Object.values(NO_BOUNDS).flatMap((names) => names.split(' '));
  expect(found.sort()).toEqual(known.sort());
});

it.each(['const MAX_THINGS = 5;', 'export const MAX_THINGS = 5 * 60_000;', 'const MAX_THINGS = 2 * OTHER;'])(
  'a number is found in %s',
  (text) => {
    expect(numbersIn(text)).toEqual(['MAX_THINGS']);
  },
);

it('a row of the table is not such a number', () => {
  expect(numbersIn('const MAX_THINGS = LIMITS.things.default; const MS = LIMITS.things.default * 1000;')).toEqual([]);
});

it.each([
  ['an option', 'createPool({ connectionTimeoutMillis: 10_000 });', ['connectionTimeoutMillis']],
  ['a calculation', 'const KEPT = { keepAlive: true, timeout: 5 * 1_000 };', ['timeout']],
  ['a cut', 'line.slice(0, 100);', ['slice']],
  ['a row of the table', 'f({ timeout: LIMITS.things.default * 1000 }, line.slice(0, LIMITS.length.default));', []],
])('%s is found if it is a number', (_what, text, names) => {
  expect(membersIn(parseSync('file.ts', text).program)).toEqual(names);
});
