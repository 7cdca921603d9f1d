import { randomUUID } from 'node:crypto';
import { GraphQLError } from 'graphql';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Caller } from '../../src/authentication/caller.js';
import { createDownstream, type Downstream } from '../../src/downstream/downstream.js';
import { createGraphGroupLookup } from '../../src/downstream/graph-groups.js';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.js';
import { API, OPTIONS, SPA } from '../emulator/emulator-fixture.js';
import { userOfToken } from './user-of-token.js';

const READ = 'https://graph.microsoft.com/User.Read';
const DEFAULT = 'https://graph.microsoft.com/.default';
const CUSTOMER_API = '0b0b0b0b-0000-4000-8000-0000000000c1';
const GROUP = '0e0e0e0e-0000-4000-8000-000000000001';

let employees: Emulator;
let customers: Emulator;
let downstream: Downstream;
beforeAll(async () => {
  [employees, customers] = await Promise.all([
    startCloud(API, 'not a secret: employees', []),
    startCloud(CUSTOMER_API, 'not a secret: customers', [GROUP]),
  ]);
  downstream = createDownstream({
    clientId: API,
    instance: employees.instance,
    graphUrl: employees.instance,
    credential: { kind: 'secret', secret: 'not a secret: employees' },
    authorities: [authorityOf('customers')],
  });
});
afterAll(async () => {
  downstream.close();
  await Promise.all([employees.close(), customers.close()]);
});

/** The same tenant, users and clients in both clouds, so that only the authority tells them apart. */
function startCloud(clientId: string, secret: string, groups: readonly string[]): Promise<Emulator> {
  const graphPermissions = ['User.Read.All', 'GroupMember.Read.All'];
  return startEmulator({
    ...OPTIONS,
    api: { ...OPTIONS.api, clientId },
    personas: OPTIONS.personas.map((persona) => ({ ...persona, groups })),
    clients: [
      ...OPTIONS.clients,
      { kind: 'confidential', clientId, name: 'API', secret, consents: [READ], graphPermissions },
    ],
  });
}

function authorityOf(name: string) {
  const credential = { kind: 'secret', secret: 'not a secret: customers' } as const;
  return { name, clientId: CUSTOMER_API, instance: customers.instance, graphUrl: customers.instance, credential };
}

async function callerAt(authority: string | undefined, changes: { readonly clientId?: string } = {}) {
  const token = await (authority === 'customers' ? customers : employees).issueAccessToken('writer', changes);
  const caller = userOfToken(token, { ...(authority !== undefined && { authority }), canStepUp: true });
  return { caller, token };
}

async function tokenFor(of: Downstream, authority: string | undefined, changes = {}) {
  const { caller, token } = await callerAt(authority, changes);
  return decodeJwt(await of.of(caller, () => token).accessToken({ scopes: [READ] }));
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'no failure',
    (error: unknown) => (error instanceof GraphQLError ? error.extensions.code : String(error)),
  );

it.each([
  [undefined, () => employees, API],
  ['default', () => employees, API],
  ['customers', () => customers, CUSTOMER_API],
] as const)('a caller of %s has the token of its own cloud, client and credential', async (authority, cloud, appId) => {
  const token = await tokenFor(downstream, authority, { clientId: randomUUID() });
  expect(token.iss).toContain(cloud().instance.replace(/^https?:/, ''));
  expect(token.appid ?? token.azp).toBe(appId);
  const { caller } = await callerAt(authority);
  expect(downstream.of(caller, () => undefined).graphUrl).toBe(cloud().instance);
});

it('the same user, client and scopes at two authorities never share a token', async () => {
  const clientId = randomUUID();
  const [one, other] = await Promise.all([
    tokenFor(downstream, 'default', { clientId }),
    tokenFor(downstream, 'customers', { clientId }),
  ]);
  expect([one.oid, one.tid]).toEqual([other.oid, other.tid]);
  expect(one.iss).not.toBe(other.iss);
  expect(await tokenFor(downstream, 'default', { clientId })).toEqual(one);
  expect(await tokenFor(downstream, 'customers', { clientId })).toEqual(other);
});

it('an application and the lookup of groups ask at their own authority too', async () => {
  const { caller, token } = await callerAt('customers');
  const own = decodeJwt(await downstream.applicationToken(caller, DEFAULT));
  expect([own.appid ?? own.azp, own.roles]).toEqual([CUSTOMER_API, ['User.Read.All', 'GroupMember.Read.All']]);
  const lookUp = createGraphGroupLookup({ downstream, as: 'application' });
  const question = { groupIds: [GROUP], accessToken: token };
  expect(await lookUp({ caller, ...question })).toEqual([GROUP]);
  expect(await lookUp({ caller: (await callerAt('default')).caller, ...question })).toEqual([]);
});

it('callers of an authority without a credential are refused, and no authority is asked', async () => {
  const onlyCustomers = createDownstream({
    clientId: API,
    instance: employees.instance,
    authorities: [authorityOf('customers')],
  });
  const count = () => [employees, customers].flatMap(({ requests }) => requests).length;
  const before = count();
  for (const of of [onlyCustomers, downstream]) {
    for (const authority of of === downstream ? ['partners', 'toString'] : ['default', 'partners']) {
      const { caller, token } = await callerAt(authority);
      const asked = of.of(caller, () => token);
      expect(await codeOf(asked.accessToken({ scopes: [READ] }))).toBe('FORBIDDEN');
      const application: Caller = { ...caller, kind: 'app-only', clientId: SPA, permissions: new Set() };
      const ofApplication = of.of(application, () => token);
      expect(await codeOf(ofApplication.accessToken({ scopes: [], applicationScope: DEFAULT }))).toBe('FORBIDDEN');
      expect(await codeOf(of.applicationToken(caller, DEFAULT))).toBe('FORBIDDEN');
    }
  }
  expect(count()).toBe(before);
  expect((await tokenFor(onlyCustomers, 'customers')).oid).toBeDefined();
});
