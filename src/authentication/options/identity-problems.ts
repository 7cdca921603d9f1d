import { isExternalIdHost } from '../keys/clouds.js';
import { microsoftServiceOf } from '../token/microsoft-audiences.js';
import type { AuthenticationOptions } from './authentication-options.js';

/** Options that depend on each other. A server has them as settings. */
export type IdentityOptions = Pick<
  AuthenticationOptions,
  | 'tenantId'
  | 'clientId'
  | 'audiences'
  | 'instance'
  | 'allowedTenants'
  | 'allowedClients'
  | 'acceptV1Tokens'
  | 'clientsWithoutPermissions'
>;

/** An option that cannot be right. It has the text that follows the word "expected". */
export interface IdentityProblem {
  readonly option: keyof IdentityOptions;
  readonly expected: string;
}

/**
 * A rule: an expectation that the options do not meet, or undefined. `nameOf` has the names by which their user knows them.
 */
type Rule = (
  options: IdentityOptions,
  nameOf: (option: keyof IdentityOptions) => string,
) => IdentityProblem | undefined | false;

/**
 * Every rule that needs more than the form of one option. Settings and options are held to these alone, so that `start`,
 * `doctor`, `token inspect` and `createAuthentication` refuse the same.
 */
const RULES: readonly Rule[] = [
  ({ tenantId, allowedTenants }) =>
    isForManyTenants(tenantId) &&
    allowedTenants === undefined && {
      option: 'allowedTenants',
      expected: `GUIDs of the tenants that may call, because the tenant is "${tenantId}"`,
    },
  ({ tenantId, allowedTenants = [] }, nameOf) =>
    !isForManyTenants(tenantId) &&
    allowedTenants.some((allowed) => !isSame(allowed, tenantId)) && {
      option: 'allowedTenants',
      expected: `no value, because ${nameOf('tenantId')} is a single tenant; "organizations" there lets several tenants in`,
    },
  ({ tenantId, instance = '' }) =>
    isForManyTenants(tenantId) &&
    isExternalId(instance) && {
      option: 'tenantId',
      expected: 'the GUID of the external tenant, because an address at ciamlogin.com has one tenant',
    },
  ({ tenantId, clientId }, nameOf) =>
    isSame(tenantId, clientId) && {
      option: 'clientId',
      expected: `the application (client) id of the API's app registration, because this is the id in ${nameOf('tenantId')}`,
    },
  ({ clientId, allowedTenants = [] }) =>
    includes(allowedTenants, clientId) && {
      option: 'allowedTenants',
      expected: 'ids of tenants, because one of these is the client id of the API',
    },
  ({ tenantId, allowedTenants = [], allowedClients = [] }) =>
    [tenantId, ...allowedTenants].some((tenant) => includes(allowedClients, tenant)) && {
      option: 'allowedClients',
      expected: 'client ids of applications, because one of these is the id of a tenant',
    },
  ({ clientId }) => serviceProblem('clientId', clientId, 'the client id of your own app registration'),
  ({ clientId, audiences = [] }) => {
    const others = audiences.filter((audience) => !audience.toLowerCase().includes(clientId.toLowerCase()));
    const foreign = others.find((audience) => microsoftServiceOf(audience) !== undefined);
    return foreign !== undefined && serviceProblem('audiences', foreign, 'identifiers of this API only');
  },
  ({ clientId, audiences, acceptV1Tokens = true, instance = '' }) =>
    audiences !== undefined &&
    !audiences.includes(clientId.toLowerCase()) &&
    (!acceptV1Tokens || isExternalId(instance)) && {
      option: 'audiences',
      expected: `${clientId} among them, because v1.0 tokens are not accepted and v2.0 tokens have no other aud than the client id`,
    },
  ({ allowedClients, clientsWithoutPermissions = [] }, nameOf) =>
    allowedClients !== undefined &&
    clientsWithoutPermissions.some((client) => !includes(allowedClients, client)) && {
      option: 'clientsWithoutPermissions',
      expected: `clients that ${nameOf('allowedClients')} names too, because no other client may call`,
    },
];

/**
 * Returns at most one problem for each option that cannot be right.
 *
 * @param options options that each have the right form
 */
export function identityProblems(
  options: IdentityOptions,
  nameOf: (option: keyof IdentityOptions) => string = String,
): readonly IdentityProblem[] {
  const problems = RULES.map((rule) => rule(options, nameOf)).filter((problem) => typeof problem === 'object');
  return problems.filter(({ option }, at) => problems.findIndex((one) => one.option === option) === at);
}

/** Returns whether the tenant stands for several, whose ids then have to be named. */
export function isForManyTenants(tenantId: string): boolean {
  return tenantId === 'organizations' || tenantId === 'common';
}

function serviceProblem(option: keyof IdentityOptions, value: string, expected: string): IdentityProblem | undefined {
  const service = microsoftServiceOf(value);
  return service === undefined ? undefined : { option, expected: `${expected}, because ${value} is ${service}` };
}

/** Returns whether an instance is one of Microsoft Entra External ID, by its host. */
export function isExternalId(instance: string): boolean {
  return URL.canParse(instance) && isExternalIdHost(new URL(instance).hostname);
}

function includes(ids: readonly string[], id: string): boolean {
  return ids.some((one) => isSame(one, id));
}

/** Ignores case because GUIDs may be written in any. */
function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
