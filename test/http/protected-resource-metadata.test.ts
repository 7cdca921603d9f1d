import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import {
  PROTECTED_RESOURCE_METADATA_PATH,
  type ResourceIdentity,
  registerProtectedResourceMetadata,
} from '../../src/http/protected-resource-metadata.js';
import { ids } from '../support/tenant.js';

const identity: ResourceIdentity = {
  instance: 'https://login.microsoftonline.com',
  tenantId: ids.tenant,
  clientId: ids.api,
  audiences: [ids.api, `api://${ids.api}`],
};

async function documentOf(changes: Partial<ResourceIdentity>) {
  const app = fastify();
  registerProtectedResourceMetadata(app, {
    url: 'https://api.example.com',
    name: 'the API',
    identity: { ...identity, ...changes },
    scopes: ['Expenses.Read', 'Expenses.ReadWrite'],
  });
  const answer = await app.inject(PROTECTED_RESOURCE_METADATA_PATH);
  await app.close();
  return answer.json();
}

it('names the API, its issuer and its scopes', async () => {
  expect(await documentOf({})).toEqual({
    resource: 'https://api.example.com',
    resource_name: 'the API',
    authorization_servers: [`https://login.microsoftonline.com/${ids.tenant}/v2.0`],
    bearer_methods_supported: ['header'],
    scopes_supported: [`api://${ids.api}/Expenses.Read`, `api://${ids.api}/Expenses.ReadWrite`],
  });
});

describe('scopes are asked for with the App ID URI', () => {
  it.each([
    ['of another form', [ids.api, 'api://expenses'], 'api://expenses/Expenses.Read'],
    ['that is an address', ['https://expenses.example.com'], 'https://expenses.example.com/Expenses.Read'],
    ['that ends in a slash', ['https://expenses.example.com/'], 'https://expenses.example.com//Expenses.Read'],
    ['that is named first', ['api://first', 'api://second', ids.api], 'api://first/Expenses.Read'],
    ['that is not what v1.0 tokens write', [`spn:${ids.api}`, 'api://expenses'], 'api://expenses/Expenses.Read'],
    ['that an API has by default, when none is named', [ids.api], `api://${ids.api}/Expenses.Read`],
  ])('%s', async (_which, audiences, first) => {
    expect((await documentOf({ audiences })).scopes_supported[0]).toBe(first);
  });
});

describe('authorization servers are issuers', () => {
  it.each([
    ['US Government', 'https://login.microsoftonline.us', `https://login.microsoftonline.us/${ids.tenant}/v2.0`],
    ['21Vianet', 'https://login.chinacloudapi.cn', `https://login.partner.microsoftonline.cn/${ids.tenant}/v2.0`],
    ['External ID', 'https://contoso.ciamlogin.com', `https://${ids.tenant}.ciamlogin.com/${ids.tenant}/v2.0`],
    ['an emulator', 'http://localhost:4001', `http://localhost:4001/${ids.tenant}/v2.0`],
    ['an unknown cloud', 'https://login.example.com', `https://login.example.com/${ids.tenant}/v2.0`],
  ])('%s', async (_cloud, instance, issuer) => {
    expect((await documentOf({ instance })).authorization_servers).toEqual([issuer]);
  });

  it.each(['organizations', 'common'])('%s: that of each tenant that may call', async (tenantId) => {
    const allowedTenants = [ids.tenant, ids.otherTenant];
    expect((await documentOf({ tenantId, allowedTenants })).authorization_servers).toEqual([
      `https://login.microsoftonline.com/${ids.tenant}/v2.0`,
      `https://login.microsoftonline.com/${ids.otherTenant}/v2.0`,
    ]);
  });

  it.each(['organizations', 'common'])('%s: its own where every tenant may call', async (tenantId) => {
    expect((await documentOf({ tenantId, allowedTenants: 'any' })).authorization_servers).toEqual([
      `https://login.microsoftonline.com/${tenantId}/v2.0`,
    ]);
  });
});
