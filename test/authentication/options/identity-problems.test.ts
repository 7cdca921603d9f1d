import { describe, expect, it } from 'vitest';
import { instanceProblem } from '../../../src/authentication/keys/unsupported-authorities.js';
import type { IdentityOptions } from '../../../src/authentication/options/authentication-options.js';
import { identityProblems } from '../../../src/authentication/options/identity-problems.js';
import { ids } from '../../support/tenant.js';

const right: IdentityOptions = { tenantId: ids.tenant, clientId: ids.api };
const GRAPH = '00000003-0000-0000-c000-000000000000';
const external = 'https://contoso.ciamlogin.com';

// `test/config/contradictions.test.ts` holds settings to the same rules.
describe('options that depend on each other', () => {
  it.each<[keyof IdentityOptions, Partial<IdentityOptions>]>([
    ['allowedTenants', { tenantId: 'common' }],
    ['allowedTenants', { allowedTenants: [ids.otherTenant] }],
    ['tenantId', { tenantId: 'organizations', allowedTenants: [ids.tenant], instance: external }],
    ['clientId', { clientId: ids.tenant }],
    ['allowedTenants', { tenantId: 'common', allowedTenants: [ids.api.toUpperCase()] }],
    ['allowedClients', { allowedClients: [ids.tenant] }],
    ['clientId', { clientId: GRAPH }],
    ['audiences', { audiences: [ids.api, 'https://graph.microsoft.com'] }],
    ['audiences', { audiences: [ids.api, ids.tenant] }],
    ['audiences', { audiences: ['api://expenses'], acceptV1Tokens: false }],
    ['audiences', { audiences: ['api://expenses'], instance: external }],
    ['clientsWithoutPermissions', { allowedClients: [ids.client], clientsWithoutPermissions: [ids.application] }],
  ])('%s cannot be right in %j', (option, changes) => {
    const problems = identityProblems({ ...right, ...changes });
    expect(problems).toContainEqual({ option, expected: expect.any(String) });
  });

  it.each<Partial<IdentityOptions>>([
    {},
    { tenantId: 'common', allowedTenants: [ids.tenant] },
    { allowedTenants: [ids.tenant.toUpperCase()] },
    { audiences: ['api://expenses'] },
    { audiences: [ids.api], acceptV1Tokens: false },
    { instance: external },
    { allowedClients: [ids.client], clientsWithoutPermissions: [ids.client] },
  ])('nothing is wrong with %j', (changes) => {
    expect(identityProblems({ ...right, ...changes })).toEqual([]);
  });
});

it.each([
  ['https://contoso.onmicrosoft.com', /name of a tenant/],
  ['https://graph.microsoft.com', /Microsoft Graph/],
  ['https://management.azure.com', /because management.azure.com is/],
])('%s is not an instance, and the error says what an instance is', (instance, problem) => {
  expect(instanceProblem(instance)).toMatch(problem);
});
