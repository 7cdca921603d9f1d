import { AssertionError } from 'node:assert';
import { describe, expect, it } from 'vitest';
import { anonymous, application, assertRow, judgeOperations, user } from '../../src/testing/exports.js';
import { schemaOf } from '../authorization/harness.js';

const schema = schemaOf(`
  type Query {
    open: Int @public
    notes: [Note!] @requiresScopes(scopes: [["Notes.Read"]])
  }
  type Note { text: String secret: String @requiresRoles(roles: [["Notes.Keeper"]]) }
`);
const callers = {
  anonymous,
  nina: user({ scopes: ['Notes.Read'] }),
  keeper: user({ scopes: ['Notes.Read'], roles: ['Notes.Keeper'] }),
  job: application({ permissions: ['Notes.Read.All'] }),
};
const secrets = {
  name: 'read secrets',
  document: '{ notes { text secret } }',
  expected: {
    anonymous: 'denied',
    nina: 'partial: Note.secret (role Notes.Keeper)',
    keeper: 'allowed',
    job: 'denied: Query.notes (a signed-in user: closed to applications)',
  },
};

describe('a table of callers and operations', () => {
  it('has a row for each, which holds', () => {
    const { rows, untested } = judgeOperations({ schema, callers, operations: [secrets] });
    expect(rows.map(({ title }) => title)).toEqual(Object.keys(callers).map((name) => `${name}: read secrets`));
    for (const row of rows) expect(() => assertRow(row)).not.toThrow();
    expect(untested).toEqual([]);
  });

  it.each([
    ['nina', 'allowed'],
    ['nina', 'partial: Note.secret (role Notes.Auditor)'],
    ['keeper', 'denied'],
    ['keeper', ''],
    ['job', 'denied: Query.notes'],
  ])('says who gets what where %s was expected to get "%s"', (caller, wrong) => {
    const operations = [{ ...secrets, expected: { ...secrets.expected, [caller]: wrong } }];
    const { rows } = judgeOperations({ schema, callers, operations });
    const row = rows.find((candidate) => candidate.caller === caller);
    const check = () => row && assertRow(row);
    expect(check).toThrow(AssertionError);
    expect(check).toThrow(`${caller}: read secrets\n  expected  ${wrong}\n  the rules say  ${row?.actual}`);
  });

  it('lists the fields with a rule that no operation selects', () => {
    const expected = { anonymous: 'allowed', nina: 'allowed', keeper: 'allowed', job: 'allowed' };
    const operations = [{ name: 'open', document: '{ open }', expected }];
    expect(judgeOperations({ schema, callers, operations }).untested).toEqual(['Query.notes', 'Note.secret']);
  });

  it('reads the schema of an API from its folder, with the directives and types of the server', () => {
    const schemaFolder = new URL('../../schema/expenses/', import.meta.url);
    const operations = [
      { name: 'me', document: '{ me { kind } }', expected: { anonymous: 'denied', nina: 'allowed' } },
    ];
    const { rows, untested } = judgeOperations({
      schemaFolder,
      callers: { anonymous, nina: callers.nina },
      operations,
    });
    expect(rows.map(({ actual }) => actual)).toEqual(['denied: Query.me (an access token)', 'allowed']);
    expect(untested).toContain('ExpenseReport.riskScore');
  });

  it('is of one schema', () => {
    expect(() => judgeOperations({ callers, operations: [] })).toThrow('either schemaFolder or schema');
    const schemaFolder = new URL('../../schema/expenses/', import.meta.url);
    expect(() => judgeOperations({ schema, schemaFolder, callers, operations: [] })).toThrow('either');
  });

  it.each([
    ['no GraphQL', { document: '{' }, 'The operation "read secrets": Syntax Error'],
    ['not in the schema', { document: '{ books }' }, 'The operation "read secrets": Cannot query field "books"'],
    [
      'two operations',
      { document: 'query A { open } query B { open }' },
      '"read secrets": A document needs exactly one',
    ],
    ['without a caller', { expected: { anonymous: 'denied' } }, 'does not say what nina, keeper, job gets'],
    [
      'with a caller too many',
      { expected: { ...secrets.expected, gus: 'denied' } },
      'names no caller of the table: gus',
    ],
  ])('refuses an operation that is %s', (_what, wrong, message) => {
    const operations = [{ ...secrets, ...wrong }];
    expect(() => judgeOperations({ schema, callers, operations: operations as never })).toThrow(message);
  });

  it('decides as agents do where fields are closed to them', () => {
    const actsFor = 'user' as const;
    const agent = user({ scopes: ['Notes.Read'], agent: { identityId: 'a', blueprintId: undefined, actsFor } });
    const operations = [{ name: 'notes', document: '{ notes { text } }', expected: { agent: 'allowed' } }];
    const judged = (agents: 'open' | 'closed') => judgeOperations({ schema, agents, callers: { agent }, operations });
    expect(judged('open').rows[0]?.actual).toBe('allowed');
    expect(judged('closed').rows[0]?.access.outcome).toBe('denied');
  });
});
