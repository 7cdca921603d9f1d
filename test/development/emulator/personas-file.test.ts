import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addPersonasOf } from '../../../src/development/emulator/personas-file.js';
import { startEmulator } from '../../../src/emulator/emulator.js';
import { emulatorSettings } from '../../../src/expenses/sample-data/emulator-settings.js';

describe('a file of personas', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'entra-graphql-personas-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function add(content: unknown) {
    const path = join(folder, 'personas.json');
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    return addPersonasOf(path, emulatorSettings);
  }

  it('adds people and applications, for whom tokens can be had', async () => {
    const settings = await add([
      { name: 'nora', displayName: 'Nora Novak', scopes: ['Expenses.Read'], roles: ['Expenses.Approver'] },
      { name: 'sync', kind: 'app-only', permissions: ['Expenses.Read.All'] },
    ]);
    expect(settings.personas.map(({ name }) => name)).toEqual([
      ...emulatorSettings.personas.map(({ name }) => name),
      'nora',
      'sync',
    ]);
    const emulator = await startEmulator(settings);
    const tokens = await Promise.all(['nora', 'sync'].map((name) => emulator.issueAccessToken(name)));
    await emulator.close();
    const claims = tokens.map((token) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()));
    const tid = emulatorSettings.tenants[0].id;
    expect(claims).toMatchObject([
      { name: 'Nora Novak', scp: 'Expenses.Read', roles: ['Expenses.Approver'], tid },
      { idtyp: 'app', roles: ['Expenses.Read.All'], tid },
    ]);
    expect(settings.clients).toHaveLength(emulatorSettings.clients.length + 1);
  });

  it('gives tokens further claims, which replace none of their own', async () => {
    const claims = { ctry: 'NO', employeeid: 7, oid: 'x', aud: 'x', tid: 'x', name: 'x' };
    const settings = await add([{ name: 'nora', displayName: 'Nora Novak', scopes: ['Expenses.Read'], claims }]);
    const emulator = await startEmulator(settings);
    const token = await emulator.issueAccessToken('nora');
    await emulator.close();
    const found = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    expect(found).toMatchObject({ ctry: 'NO', employeeid: 7, name: 'Nora Novak', aud: emulatorSettings.api.clientId });
    expect(found.oid).toBe(settings.personas.find(({ name }) => name === 'nora')?.objectId);
    expect(found.tid).toBe(emulatorSettings.tenants[0].id);
  });

  it('keeps object ids from start to start, and that of a persona it replaces', async () => {
    const [first, second] = [await add([{ name: 'nora' }]), await add([{ name: 'erin' }, { name: 'nora' }])];
    const idOf = ({ personas }: typeof first, wanted: string) => personas.find(({ name }) => name === wanted)?.objectId;
    expect(idOf(second, 'nora')).toBe(idOf(first, 'nora'));
    expect(idOf(second, 'erin')).toBe(emulatorSettings.personas[0].objectId);
    expect(second.personas.filter(({ name }) => name === 'erin')).toHaveLength(1);
  });

  it.each<readonly [what: string, content: unknown, says: string]>([
    ['that is not JSON', '[{]', 'is not JSON'],
    ['without a list', {}, 'the file: '],
    ['without anybody', [], 'the file: '],
    ['without a name', [{}], '[0].name: '],
    ['with a name that is none', [{ name: 'Nora Novak' }], '[0].name: expected 1 to 40 of a-z, 0-9 and "-"'],
    ['with an unknown member', [{ name: 'nora', scope: 'Expenses.Read' }], '"scope"'],
    ['with a group that is not a GUID', [{ name: 'nora', groups: ['finance'] }], '[0].groups[0]: expected a GUID'],
    ['with a claim that is an object', [{ name: 'nora', claims: { ctry: {} } }], '[0].claims.ctry: '],
    ['with scopes as a text', [{ name: 'nora', scopes: 'Expenses.Read' }], '[0].scopes: '],
    [
      'with an unknown scope',
      [{ name: 'nora', scopes: ['Expenses.Reed'] }],
      'it has Expenses.Read, Expenses.ReadWrite, Profiles.Read',
    ],
    ['with an unknown tenant', [{ name: 'nora', tenantId: crypto.randomUUID() }], 'no tenant has this id'],
    ['with an id that is none', [{ name: 'nora', objectId: '1' }], '[0].objectId: expected a GUID'],
    [
      'with an application that has scopes',
      [{ name: 'sync', kind: 'app-only', scopes: ['Expenses.Read'] }],
      'permissions instead',
    ],
    [
      'with a user who has permissions',
      [{ name: 'nora', permissions: ['Expenses.Read.All'] }],
      'scopes and roles instead',
    ],
    [
      'with a context that is none',
      [{ name: 'nora', authContexts: ['mfa'] }],
      '[0].authContexts[0]: expected c1 to c99',
    ],
    ['with a persona twice', [{ name: 'nora' }, { name: 'nora' }], '[1] (nora): there is another one of this name'],
  ])('%s is refused', async (_what, content, says) => {
    await expect(add(content)).rejects.toMatchObject({ name: 'CommandError', message: expect.stringContaining(says) });
  });

  it('names every fault at once', async () => {
    await expect(
      add([
        { name: 'a', scopes: ['x'] },
        { name: 'b', scopes: ['y'] },
      ]),
    ).rejects.toThrow(/\n.*"x".*\n.*"y"/);
  });

  it('that is missing is named', async () => {
    const path = join(folder, 'missing.json');
    await expect(addPersonasOf(path, emulatorSettings)).rejects.toThrow(`Cannot read the personas in ${path}`);
  });
});
