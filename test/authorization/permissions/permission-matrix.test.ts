import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/authentication/caller.js';
import { buildPermissionMatrix, requirementOf } from '../../../src/authorization/permissions/permission-matrix.js';
import {
  renderMatrixAsHtml,
  renderMatrixAsJson,
  renderMatrixAsMarkdown,
} from '../../../src/authorization/permissions/render-permission-matrix.js';
import { compileRequirements } from '../../../src/authorization/rules/compile-requirements.js';
import { application, schemaOf, user } from '../harness.js';

const sdl = `
  type Query {
    zeta: Int @authenticated
    open: Int @public
    read(secret: Int @requiresRoles(roles: [["admin"]])): Int
      @requiresScopes(scopes: [["read"], ["write"]]) @allowsApps(permissions: [["read.all"]]) @forbidsAgents
    own: Int @policy(policies: [["self"], ["boss"]])
  }
`;
const table = compileRequirements(schemaOf(sdl));
const callers = new Map<string, Caller | undefined>([
  ['nobody', undefined],
  ['ann', user({ scopes: ['read'] })],
  ['job', application('read.all')],
]);
const matrix = buildPermissionMatrix(table, callers);

describe('buildPermissionMatrix', () => {
  it('has a row for each coordinate, sorted', () => {
    expect(matrix.rows.map(({ coordinate }) => coordinate)).toEqual([
      'Query.open',
      'Query.own',
      'Query.read',
      'Query.read(secret:)',
      'Query.zeta',
    ]);
  });

  it('answers for each caller', () => {
    expect(matrix.rows.map(({ access }) => [...access.values()].join(' '))).toEqual([
      'ALLOWED ALLOWED ALLOWED',
      'DENIED DEPENDS DEPENDS',
      'DENIED ALLOWED ALLOWED',
      'DENIED DENIED DENIED',
      'DENIED ALLOWED ALLOWED',
    ]);
  });

  it('does not need callers', () => {
    expect(buildPermissionMatrix(table)).toMatchObject({ callers: [], rows: { length: 5 } });
  });

  it('is the same whatever order the schema is written in', () => {
    const reordered = compileRequirements(
      schemaOf(
        sdl
          .replace('zeta: Int @authenticated', '')
          .replace('open: Int @public', 'open: Int @public zeta: Int @authenticated'),
      ),
    );
    expect(renderMatrixAsMarkdown(buildPermissionMatrix(reordered, callers))).toBe(renderMatrixAsMarkdown(matrix));
  });
});

describe('requirementOf', () => {
  it('throws for an element of another table', () => {
    expect(() => requirementOf(table, { coordinate: 'A.b', requirement: 99, policies: [] })).toThrow('A.b');
  });
});

describe('renderMatrixAsMarkdown', () => {
  it('says for each field who needs what', () => {
    expect(renderMatrixAsMarkdown(matrix)).toBe(`# Permissions

## Query

| Field | Users | Applications | Agents | Policies | nobody | ann | job |
| --- | --- | --- | --- | --- | --- | --- | --- |
| open | everyone | everyone | everyone |  | yes | yes | yes |
| own | any user | any application | yes | policy self or boss | no | policy | policy |
| read | scope read or write | application permission read.all | no |  | no | yes | yes |
| read(secret:) | role admin | none | yes |  | no | no | no |
| zeta | any user | any application | yes |  | no | yes | yes |
`);
  });

  it('says below the table of a type which uses are recorded, and why', () => {
    const audited = new Map([['Query.own', 'It is *personal*.']]);
    const rendered = renderMatrixAsMarkdown(buildPermissionMatrix(table, callers, audited));
    expect(rendered).toMatch(/\n\| zeta [^\n]*\n\nEach use of own is recorded: It is \\\*personal\\\*\.\n$/);
    const { rows } = JSON.parse(renderMatrixAsJson(buildPermissionMatrix(table, callers, audited)));
    expect(rows.filter((row: object) => 'audited' in row)).toMatchObject([{ coordinate: 'Query.own' }]);
  });

  it('has a table for each type', () => {
    const two = compileRequirements(schemaOf('type Query { a: A @public } type A { b: Int }'));
    expect(renderMatrixAsMarkdown(buildPermissionMatrix(two)).match(/^## .*/gm)).toEqual(['## A', '## Query']);
  });

  it('does not let a name break the table', () => {
    const odd = compileRequirements(schemaOf('type Query { a: Int @requiresScopes(scopes: [["x|y"]]) }'));
    expect(renderMatrixAsMarkdown(buildPermissionMatrix(odd))).toContain('| scope x\\|y |');
  });
});

it('every form says of a type that is closed to agents what they still see of its objects', () => {
  const closed = buildPermissionMatrix(
    compileRequirements(
      schemaOf(
        'type Query @authenticated { any: Any } union Any = Open | Shut type Open { a: Int } type Shut @forbidsAgents { b: Int }',
      ),
    ),
  );
  const note =
    'Closed to agents. Where a field returns an interface or a union, they see that an object of this type is there';
  const [, open, , shut] = renderMatrixAsMarkdown(closed).split(/^## (?:Open|Query|Shut)$/m);
  expect([open?.includes(note), shut?.includes(note)]).toEqual([false, true]);
  expect(renderMatrixAsHtml(closed).match(/>\w+\. Closed to agents/g)).toEqual(['>Shut. Closed to agents']);
  expect(JSON.parse(renderMatrixAsJson(closed)).closedToAgents).toEqual(['Shut']);
  expect(matrix.closedToAgents.size).toBe(0);
});

describe('renderMatrixAsJson', () => {
  it('gives the rules as data', () => {
    expect(JSON.parse(renderMatrixAsJson(matrix))).toMatchObject({
      callers: ['nobody', 'ann', 'job'],
      rows: [
        { coordinate: 'Query.open', isPublic: true },
        { coordinate: 'Query.own', policies: [{ kind: 'policy', anyOf: [['self'], ['boss']] }] },
        {
          coordinate: 'Query.read',
          applications: [{ kind: 'permission', anyOf: [['read.all']] }],
          forbidsAgents: true,
          access: { ann: 'ALLOWED' },
        },
        { coordinate: 'Query.read(secret:)', applications: 'never' },
        { coordinate: 'Query.zeta', users: [], forbidsAgents: false },
      ],
    });
  });
});

describe('renderMatrixAsHtml', () => {
  it('is a table with a row for each coordinate', () => {
    const html = renderMatrixAsHtml(matrix);
    expect(html).toMatch(/^<table>/);
    expect(html.match(/<th scope="row">/g)).toHaveLength(5);
    expect(html).toContain('<td>scope read or write</td>');
  });

  it('has a body with a title for each type', () => {
    const two = compileRequirements(schemaOf('type Query { a: A @public } type A { b: Int }'));
    expect(renderMatrixAsHtml(buildPermissionMatrix(two))).toBe(
      [
        '<table>',
        '<thead><tr><th scope="col">Field</th><th scope="col">Users</th><th scope="col">Applications</th><th scope="col">Agents</th>',
        '<th scope="col">Policies</th></tr></thead>\n<tbody>',
        '<tr><th scope="rowgroup" colspan="5">A</th></tr>',
        '<tr><th scope="row">b</th><td>any user</td><td>any application</td><td>yes</td><td></td></tr>\n</tbody>\n<tbody>',
        '<tr><th scope="rowgroup" colspan="5">Query</th></tr>',
        '<tr><th scope="row">a</th><td>everyone</td><td>everyone</td><td>everyone</td><td></td></tr>\n</tbody>\n</table>\n',
      ]
        .join('\n')
        .replace('</th>\n<th scope="col">Policies', '</th><th scope="col">Policies'),
    );
  });

  it('escapes every text', () => {
    const odd = compileRequirements(schemaOf('type Query { a: Int @requiresScopes(scopes: [["<script>&\'"]]) }'));
    const html = renderMatrixAsHtml(buildPermissionMatrix(odd, new Map([['"><img>', undefined]])));
    expect(html).not.toMatch(/<script|<img|&'/);
    expect(html).toContain('&lt;script&gt;&amp;&#39;');
  });
});
