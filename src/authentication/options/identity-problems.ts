import { isExternalIdHost } from '../keys/clouds.js';
import { microsoftServiceOf } from '../token/microsoft-audiences.js';
import type { IdentityOptions } from './authentication-options.js';

/** An option that cannot be right. It has the text that follows the word "expected". */
export interface IdentityProblem {
  readonly option: keyof IdentityOptions;
  readonly expected: string;
}

type Option = keyof IdentityOptions;

/** A rule with the options that it compares. It returns an expectation that they do not meet. */
interface Rule {
  readonly needs: readonly Option[];
  readonly check: (options: IdentityOptions, nameOf: (option: Option) => string) => IdentityProblem | undefined | false;
}

/** Makes a rule that can read only the options that it needs. */
function rule<Needed extends Option>(
  needs: readonly Needed[],
  check: (
    options: Pick<IdentityOptions, Needed>,
    nameOf: (option: Option) => string,
  ) => IdentityProblem | undefined | false,
): Rule {
  return { needs, check };
}

const CLIENT_LISTS = ['allowedClients', 'clientsWithoutPermissions'] as const;

/**
 * Every rule that needs more than the form of one option. These are the only checks of settings and options, so that
 * `start`, `doctor`, `token inspect` and `createAuthentication` refuse the same.
 */
const RULES: readonly Rule[] = [
  rule(
    ['tenantId', 'allowedTenants', 'isTenantAllowed'],
    ({ tenantId, allowedTenants, isTenantAllowed }) =>
      isForManyTenants(tenantId) &&
      allowedTenants === undefined &&
      isTenantAllowed === undefined && {
        option: 'allowedTenants',
        expected: `GUIDs of the tenants that may call, or "any", because the tenant is "${tenantId}"`,
      },
  ),
  rule(
    ['tenantId', 'allowedTenants'],
    ({ tenantId, allowedTenants }, nameOf) =>
      !isForManyTenants(tenantId) &&
      (allowedTenants === 'any' || listed(allowedTenants).some((allowed) => !isSame(allowed, tenantId))) && {
        option: 'allowedTenants',
        expected: `no value, because ${nameOf('tenantId')} is a single tenant; "organizations" there lets several tenants in`,
      },
  ),
  rule(
    ['tenantId', 'isTenantAllowed'],
    ({ tenantId, isTenantAllowed }, nameOf) =>
      !isForManyTenants(tenantId) &&
      isTenantAllowed !== undefined && {
        option: 'isTenantAllowed',
        expected: `no value, because ${nameOf('tenantId')} is a single tenant; "organizations" there lets several tenants in`,
      },
  ),
  rule(
    ['allowedTenants', 'isTenantAllowed'],
    ({ allowedTenants, isTenantAllowed }, nameOf) =>
      allowedTenants !== undefined &&
      isTenantAllowed !== undefined && {
        option: 'isTenantAllowed',
        expected: `no value beside ${nameOf('allowedTenants')}, because one of them decides`,
      },
  ),
  rule(
    ['tenantId', 'instance'],
    ({ tenantId, instance = '' }) =>
      isForManyTenants(tenantId) &&
      isExternalId(instance) && {
        option: 'tenantId',
        expected: 'the GUID of the external tenant, because an address at ciamlogin.com has one tenant',
      },
  ),
  rule(
    ['tenantId', 'clientId'],
    ({ tenantId, clientId }, nameOf) =>
      isSame(tenantId, clientId) && {
        option: 'clientId',
        expected: `the application (client) id of the API's app registration, because this is the id in ${nameOf('tenantId')}`,
      },
  ),
  rule(
    ['clientId', 'allowedTenants'],
    ({ clientId, allowedTenants }) =>
      includes(listed(allowedTenants), clientId) && {
        option: 'allowedTenants',
        expected: 'ids of tenants, because one of these is the client id of the API',
      },
  ),
  ...CLIENT_LISTS.flatMap((list) => [
    rule(['tenantId', list], (options) => tenantAmongClients([options.tenantId], list, options[list])),
    rule(['allowedTenants', list], (options) =>
      tenantAmongClients(listed(options.allowedTenants), list, options[list]),
    ),
  ]),
  rule(
    ['tenantId', 'audiences'],
    ({ tenantId, audiences = [] }, nameOf) =>
      includes(audiences, tenantId) && {
        option: 'audiences',
        expected: `identifiers of this API only, because one of these is the id in ${nameOf('tenantId')}, which no token has as aud`,
      },
  ),
  rule(['clientId'], ({ clientId }) =>
    serviceProblem('clientId', clientId, 'the client id of your own app registration'),
  ),
  rule(['clientId', 'audiences'], ({ clientId, audiences = [] }) => {
    const others = audiences.filter((audience) => !audience.toLowerCase().includes(clientId.toLowerCase()));
    const foreign = others.find((audience) => microsoftServiceOf(audience) !== undefined);
    return foreign !== undefined && serviceProblem('audiences', foreign, 'identifiers of this API only');
  }),
  rule(
    ['clientId', 'audiences', 'acceptV1Tokens'],
    ({ acceptV1Tokens = true, ...options }) => !acceptV1Tokens && missingClientId(options),
  ),
  rule(
    ['clientId', 'audiences', 'instance'],
    ({ instance = '', ...options }) => isExternalId(instance) && missingClientId(options),
  ),
  rule(
    ['allowedClients', 'clientsWithoutPermissions'],
    ({ allowedClients, clientsWithoutPermissions = [] }, nameOf) =>
      allowedClients !== undefined &&
      clientsWithoutPermissions.some((client) => !includes(allowedClients, client)) && {
        option: 'clientsWithoutPermissions',
        expected: `clients that ${nameOf('allowedClients')} names too, because no other client may call`,
      },
  ),
];

/**
 * Returns at most one problem for each option that cannot be right.
 *
 * @param isSound returns whether an option has the right form; rules that need another one are left out
 */
export function identityProblems(
  options: IdentityOptions,
  nameOf: (option: Option) => string = String,
  isSound: (option: Option) => boolean = () => true,
): readonly IdentityProblem[] {
  const rules = RULES.filter(({ needs }) => needs.every(isSound));
  const problems = rules.map(({ check }) => check(options, nameOf)).filter((problem) => typeof problem === 'object');
  return problems.filter(({ option }, at) => problems.findIndex((one) => one.option === option) === at);
}

/** Returns whether the tenant stands for several. Their ids must then be named. */
export function isForManyTenants(tenantId: string): boolean {
  return tenantId === 'organizations' || tenantId === 'common';
}

/** Returns the ids of a list of tenants. `any` has none. */
function listed(allowedTenants: IdentityOptions['allowedTenants']): readonly string[] {
  return allowedTenants === undefined || allowedTenants === 'any' ? [] : allowedTenants;
}

function serviceProblem(option: keyof IdentityOptions, value: string, expected: string): IdentityProblem | undefined {
  const service = microsoftServiceOf(value);
  return service === undefined ? undefined : { option, expected: `${expected}, because ${value} is ${service}` };
}

function tenantAmongClients(
  tenants: readonly string[],
  option: (typeof CLIENT_LISTS)[number],
  clients: readonly string[] = [],
): IdentityProblem | undefined {
  if (!tenants.some((tenant) => includes(clients, tenant))) return undefined;
  const expected = 'client ids of applications, because one of these is the id of a tenant';
  return { option, expected };
}

/** Finds audiences that no v2.0 token has. */
function missingClientId({
  clientId,
  audiences,
}: Pick<IdentityOptions, 'clientId' | 'audiences'>): IdentityProblem | undefined {
  if (audiences === undefined || audiences.includes(clientId.toLowerCase())) return undefined;
  const reason = 'because v1.0 tokens are not accepted and v2.0 tokens have no other aud than the client id';
  return { option: 'audiences', expected: `${clientId} among them, ${reason}` };
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
