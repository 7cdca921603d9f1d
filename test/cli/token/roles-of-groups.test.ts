import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeRoles } from '../../../src/cli/token/describe-roles.js';
import { type Emulator, startEmulator } from '../../../src/emulator/emulator.js';
import { emulatorSettings } from '../../../src/expenses/sample-data/emulator-settings.js';
import { CONTOSO } from '../../../src/expenses/sample-data/personas.js';
import { applicationCaller, userCaller } from '../../support/callers.js';
import { runInTerminal } from '../../support/terminal.js';

const FINANCE = 'aaaaaaaa-0000-4000-8000-000000000001';

let emulator: Emulator;
let environment: Record<string, string>;
beforeAll(async () => {
  emulator = await startEmulator({ ...emulatorSettings, port: 0 });
  environment = {
    ENTRA_TENANT_ID: CONTOSO,
    ENTRA_CLIENT_ID: emulatorSettings.api.clientId,
    ENTRA_INSTANCE: emulator.instance,
    ENTRA_GROUP_ROLES: `${FINANCE}=Expenses.Finance`,
  };
});
afterAll(() => emulator.close());

it('token inspect says from which group a role comes', async () => {
  const input = await emulator.issueAccessToken('mia', { claims: { groups: [FINANCE] } });
  const { code, printed } = await runInTerminal(['token', 'inspect', '-'], { environment, input });
  const words = printed.replace(/\s+/g, ' ');
  expect([code, words]).toEqual([0, expect.stringContaining(`Expenses.Approver Expenses.Finance (group ${FINANCE})`)]);
  const json = await runInTerminal(['token', 'inspect', '-', '--json'], { environment, input });
  expect(JSON.parse(json.printed)).toMatchObject({ groupRoles: { 'Expenses.Finance': [FINANCE] } });
});

it('token inspect says which roles are undecided where the token leaves groups out', async () => {
  const input = await emulator.issueAccessToken('mia', { claims: { hasgroups: true } });
  const { printed } = await runInTerminal(['token', 'inspect', '-'], { environment, input });
  const words = printed.replace(/\s+/g, ' ');
  expect(words).toContain('Expenses.Finance (undecided: the token leaves groups out)');
  expect(words).toContain('The user is in too many groups for the token to list them.');
});

it('doctor says which groups give which roles', async () => {
  const { printed } = await runInTerminal(['doctor', '--json'], { environment });
  expect(JSON.parse(printed).findings).toContainEqual({
    check: 'groups',
    status: 'ok',
    seen: `Expenses.Finance from group ${FINANCE}`,
  });
});

it.each([
  ['an application', applicationCaller({ objectId: 'job' }), 'none'],
  ['a user without roles', userCaller({ objectId: 'erin' }), 'none'],
])('the roles of %s', (_who, caller, expected) => {
  expect(describeRoles(caller)).toBe(expected);
});
