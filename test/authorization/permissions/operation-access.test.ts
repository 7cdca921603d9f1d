import { Kind, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/authentication/caller.js';
import { createOperationAccess } from '../../../src/authorization/permissions/operation-access.js';
import { renderOperationAccess } from '../../../src/authorization/permissions/render-operation-access.js';
import { compileRequirements } from '../../../src/authorization/rules/compile-requirements.js';
import { schemaOf, user } from '../harness.js';

const schema = schemaOf(`
  type Query {
    open: Int @public
    note(of: Filter, deep: [[Deep!]!], raw: Int @requiresRoles(roles: [["Keeper"]])): Note @authenticated
    kept: Int @requiresRoles(roles: [["Keeper"]])
    judged: Int @authenticated @policy(policies: [["own"]])
  }
  type Note { text: String secret: Int @requiresRoles(roles: [["Keeper"]]) }
  input Filter { word: String deleted: Boolean @requiresRoles(roles: [["Keeper"]]) }
  input Deep { filter: Filter again: Deep }
  type Mutation { save: Note @authenticated }
`);
const accessOf = createOperationAccess(schema, compileRequirements(schema));
const access = (source: string, caller: Caller | undefined) => {
  const document = parse(source);
  const [operation] = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  if (!operation) throw new TypeError('The source has no operation');
  return accessOf(document, operation, caller);
};
const erin = user();
const keeper = user({ roles: ['Keeper'] });
const SECRET = 'Note.secret';

describe('an operation without its variables', () => {
  it.each<[string, string, string[]]>([
    ['ALLOWED', '{ open note { text } }', []],
    ['DEPENDS', '{ open judged }', []],
    ['PARTIAL', '{ note { text secret } }', [SECRET]],
    ['PARTIAL', '{ open kept }', ['Query.kept']],
    ['DENIED', '{ kept }', ['Query.kept']],
    ['DENIED', '{ note(raw: 1) { text } }', ['Query.note(raw:)']],
    ['DENIED', '{ note(of: {deleted: null}) { text } }', ['Filter.deleted']],
    ['DENIED', '{ note(of: {deleted: true}) { secret } }', [SECRET, 'Filter.deleted']],
    ['ALLOWED', '{ note(of: {word: ""}) { text } }', []],
    ['DENIED', 'mutation { save { text secret } }', [SECRET]],
    ['ALLOWED', 'mutation { save { text } }', []],
    ['PARTIAL', '{ note { ...F } } fragment F on Note { secret }', [SECRET]],
    ['PARTIAL', 'query ($s: Boolean!) { note { text secret @include(if: $s) } }', [SECRET]],
    ['ALLOWED', '{ note { text secret @skip(if: true) } }', []],
  ])('is %s: %s', (decision, source, denied) => {
    const found = access(source, erin);
    expect(found.decision).toBe(decision);
    expect(found.denied.map(({ coordinate }) => coordinate)).toEqual(denied);
    expect(found.denied.every(({ ifSent }) => !ifSent)).toBe(true);
    expect(access(source, keeper).denied).toEqual([]);
  });

  it.each([
    ['an argument', 'query ($v: Int) { note(raw: $v) { text } }', 'Query.note(raw:)'],
    ['an input field', 'query ($v: Filter) { note(of: $v) { text } }', 'Filter.deleted'],
    ['an input field in literals', 'query ($v: Boolean) { note(of: {deleted: $v}) { text } }', 'Filter.deleted'],
    ['an input field deep in lists', 'query ($v: [[Deep!]!]) { note(deep: $v) { text } }', 'Filter.deleted'],
  ])('is partly allowed if a variable may use %s', (_title, source, coordinate) => {
    const [part, ...others] = access(source, erin).denied;
    expect(others).toEqual([]);
    expect(part).toMatchObject({ coordinate, missing: 'role Keeper', ifSent: true });
    expect(access(source, erin)).toMatchObject({ decision: 'PARTIAL' });
    expect(access(source, keeper)).toEqual({ decision: 'ALLOWED', denied: [] });
  });

  it('is decided for an anonymous caller by its root fields', () => {
    expect(access('{ open }', undefined).decision).toBe('ALLOWED');
    const denied = [{ coordinate: 'Query.note' }];
    const { length } = access('{ note { text } }', undefined).denied;
    expect(access('{ note { text } }', undefined)).toMatchObject({ decision: 'DENIED', denied });
    expect(length).toBe(1);
  });
});

describe('the table of operations', () => {
  it('has a column for each caller, and says below it what is denied to whom', () => {
    const source = 'query ($v: Int) { note(raw: $v) { text secret } }';
    const callers = new Map<string, Caller>([
      ['erin', user()],
      ['keeper', keeper],
      ['mia', user()],
    ]);
    const accessByCaller = new Map([...callers].map(([name, caller]) => [name, access(source, caller)]));
    expect(renderOperationAccess([{ operation: 'Notes', access: accessByCaller }])).toBe(
      [
        '| Operation | erin | keeper | mia |',
        '| --- | --- | --- | --- |',
        '| Notes | partly | yes | partly |',
        '',
        '- Notes, erin, mia: `Note.secret`: role Keeper; `Query.note(raw:)` if it is sent: role Keeper',
        '',
      ].join('\n'),
    );
  });

  it('has nothing below it where nothing is denied, and may be empty', () => {
    const rendered = renderOperationAccess([
      { operation: 'Open', access: new Map([['erin', access('{ open }', erin)]]) },
    ]);
    expect(rendered).toBe('| Operation | erin |\n| --- | --- |\n| Open | yes |\n');
    expect(renderOperationAccess([])).toBe('| Operation |\n| --- |\n');
  });
});
