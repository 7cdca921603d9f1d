import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'oxc-parser';
import { describe, expect, it } from 'vitest';
import { LIMITS, type Limit } from '../../src/config/limits.js';
import { EXPENSES_LIMITS } from '../../src/expenses/limits.js';

// Each bound has a test just inside and just outside of it. A test has to name the row of its bound: a number of its own
// would stay the same when the bound changes.

const ROWS: Readonly<Record<string, Limit>> = { ...LIMITS, ...EXPENSES_LIMITS };

/** The tests in this folder read all rows in the same way and test no single bound. */
const TESTS_OF_ALL_ROWS = join('config', '');

/** A node of a syntax tree, with the parts that this test reads. */
interface Node {
  readonly type: string;
  readonly name?: string;
  readonly value?: unknown;
  readonly object?: Node;
  readonly property?: Node;
  readonly properties?: readonly Node[];
  readonly argument?: Node;
  readonly key?: Node;
  readonly id?: Node;
  readonly init?: Node | null;
}

function isNode(value: unknown): value is Node {
  return typeof Object(value).type === 'string';
}

/** Returns the nodes within a part of a syntax tree. Comments are not among them. */
function nodesOf(part: unknown): Node[] {
  if (typeof part !== 'object' || part === null) return [];
  const within = Object.values(part).flatMap(nodesOf);
  return isNode(part) ? [part, ...within] : within;
}

/** Tells whether an expression is a table of limits or their values: `LIMITS`, `config.limits`, `defaultLimits`. */
function isTable(node: Node | null | undefined): boolean {
  return /limits$/i.test(node?.name ?? node?.property?.name ?? '');
}

/** Returns the rows that a test may name: fields and keys of a table, keys beside a spread table, camel case texts, and settings. */
function namesIn(text: string): readonly (string | undefined)[] {
  return nodesOf(parseSync('test.ts', text).program).flatMap((node) => READERS[node.type]?.(node) ?? []);
}

/** Names in a node, by its type. A text of one word may mean anything, so it has to be in camel case or a setting. */
const READERS: Readonly<Record<string, (node: Node) => readonly (string | undefined)[]>> = {
  MemberExpression: ({ object, property }) => (isTable(object) ? [property?.name] : []),
  VariableDeclarator: ({ id, init }) => (isTable(init) ? keysOf(id) : isTable(id) ? keysOf(init) : []),
  ObjectExpression: (node) => (node.properties?.some(({ argument }) => isTable(argument)) ? keysOf(node) : []),
  Property: ({ key, value }) => (key?.name?.startsWith('LIMIT_') ? [key.name] : isTable(key) ? keysOf(value) : []),
  Literal: ({ value }) => (/^[a-z]+[A-Z]|^LIMIT_/.test(String(value)) ? [String(value)] : []),
};

function keysOf(node: unknown): readonly (string | undefined)[] {
  return ((isNode(node) && node.properties) || []).map(({ key }) => key?.name);
}

function settingOf(row: string): string {
  return `LIMIT_${row.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

const files = readdirSync('test', { recursive: true, encoding: 'utf8' });
const tests = files.filter((file) => file.endsWith('.test.ts') && !file.startsWith(TESTS_OF_ALL_ROWS));
const named = new Set(tests.flatMap((file) => namesIn(readFileSync(join('test', file), 'utf8'))));

describe('a row of the table of limits', () => {
  it('is named by a test', () => {
    const missing = Object.keys(ROWS).filter((row) => !named.has(row) && !named.has(settingOf(row)));
    expect(missing).toEqual([]);
  });

  it.each([
    ['a field of the table', 'LIMITS.tokenBytes.default'],
    ['a field of the values', 'config.limits.tokenBytes + 1'],
    ['a part of the values', 'const { tokenBytes } = defaultLimits'],
    ['a change of the values', 'f({ ...defaultLimits, tokenBytes: 1 })'],
    ['the limits of a server', 'start({}, { limits: { tokenBytes: 1 } })'],
    ['limits with a name', 'const limits = { tokenBytes: 1 }'],
    ['a name in an error', "({ name: 'tokenBytes' })"],
    ['a setting', "({ LIMIT_TOKEN_BYTES: '1' })"],
  ])('is named by %s', (_what, text) => {
    expect(namesIn(text).some((name) => name === 'tokenBytes' || name === 'LIMIT_TOKEN_BYTES')).toBe(true);
  });

  it.each([
    ['a comment', '// LIMITS.tokenBytes\n/* LIMIT_TOKEN_BYTES */ f();'],
    ['a title', "it('keeps LIMITS.tokenBytes and tokenBytes', f)"],
    ['a variable', 'const tokenBytes = 1; f(tokenBytes)'],
    ['a field of something else', 'token.tokenBytes'],
    ['a key of something else', 'f({ tokenBytes: 1 })'],
  ])('is not named by %s', (_what, text) => {
    expect(namesIn(text)).not.toContain('tokenBytes');
    expect(namesIn(text)).not.toContain('LIMIT_TOKEN_BYTES');
  });
});
