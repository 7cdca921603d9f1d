import { z } from 'zod';
import { createAuthentication } from '../authentication/authentication.js';
import { silentLogger } from '../authentication/authentication-logger.js';
import type { IdentityOptions } from '../authentication/options/authentication-options.js';
import { identityProblems } from '../authentication/options/identity-problems.js';
import { CLOCK_TOLERANCE_SECONDS, formatRange, OPTION_RANGES } from '../authentication/options/option-ranges.js';
import { authoritiesFile } from './authorities-file.js';
import type { Contradiction, FindContradictions } from './contradictions.js';
import {
  audience,
  choice,
  groupRoles,
  guid,
  guids,
  guidsOrAny,
  instance,
  list,
  proxyAddress,
  requiredClaims,
  whole,
} from './setting-checks.js';

/** Settings that decide which tokens are accepted and how the identity provider is reached. */
export const identityShape = {
  NODE_ENV: z.string().optional(),
  ENTRA_TENANT_ID: z
    .union([guid(''), choice('organizations', 'common')], {
      error: 'the GUID of your tenant, or "organizations" or "common"',
    })
    .meta({ description: 'GUID of the tenant, or `organizations` or `common` for several tenants.' }),
  ENTRA_CLIENT_ID: guid("the application (client) id of the API's app registration, a GUID").meta({
    description: "Application (client) id of the API's app registration.",
  }),
  ENTRA_AUDIENCES: list(audience, 'audiences, separated by commas').optional().meta({
    description:
      "Accepted `aud` values, separated by commas. The first App ID URI is named to clients as the prefix of scopes. Audiences of Microsoft's own services are refused.",
    absent: 'the client id, and `api://` followed by the client id',
  }),
  ENTRA_INSTANCE: instance.default('https://login.microsoftonline.com').meta({
    description: 'Cloud. `http:` is accepted for loopback only, and never with `NODE_ENV=production`.',
  }),
  ENTRA_ALLOWED_TENANTS: guidsOrAny.optional().meta({
    description:
      'GUIDs of the tenants that may call, or `any` for every tenant in the world. Required with `organizations` and `common`. Personal accounts are let in by `common` alone.',
    absent: 'the tenant of `ENTRA_TENANT_ID`',
  }),
  ENTRA_ALLOWED_CLIENTS: guids.optional().meta({
    description: 'GUIDs of the client applications that may call. An empty value stops the start.',
    absent: 'any client of the allowed tenants',
  }),
  ENTRA_ACCEPT_V1_TOKENS: choice('true', 'false').default('true').meta({
    description: '`true` or `false`: whether v1.0 tokens are accepted. External ID has none.',
  }),
  ENTRA_CLOCK_TOLERANCE_SECONDS: whole(...OPTION_RANGES.clockToleranceSeconds)
    .default(CLOCK_TOLERANCE_SECONDS)
    .meta({
      description: `Tolerated difference between this clock and the provider's, in seconds. ${formatRange(OPTION_RANGES.clockToleranceSeconds)}.`,
    }),
  ENTRA_CLIENTS_WITHOUT_PERMISSIONS: guids.optional().meta({
    description:
      'GUIDs of applications that are let in although their app-only token has no permission in `roles`. They count as authenticated and nothing more.',
    absent: 'none',
  }),
  ENTRA_REQUIRED_CLAIMS: requiredClaims.optional().meta({
    description:
      'Claims that a token must have, with their accepted values: `ctry=DE|AT,acct=0`. A list needs one of them. A value has no `|` and no comma; the option `requiredClaims` takes such values. An empty value stops the start.',
    absent: 'none',
  }),
  ENTRA_GROUP_ROLES: groupRoles.optional().meta({
    description:
      'Roles that users have by their groups: `<group id>=Expenses.Finance|Expenses.Auditor`, separated by commas. See [groups](groups.md).',
    absent: 'none',
  }),
  ENTRA_AUTHORITIES: authoritiesFile.optional().meta({
    description:
      'Path of a JSON file with further authorities whose tokens are accepted, such as External ID for customers: see [several authorities](several-authorities.md).',
    absent: 'none',
  }),
  REVOCATIONS_UNKNOWN: choice('served', 'refused').default('served').meta({
    description:
      '`served` or `refused`: what happens to good tokens while the revocations cannot be read from the database. The last known ones hold in both cases. `refused` answers 503.',
  }),
  ENTRA_APP_SPECIFIC_SIGNING_KEYS: choice('true', 'false').default('false').meta({
    description:
      '`true` when the app has a signing key of its own (SAML single sign-on, claims mapping). Its keys are then requested with `?appid=`.',
  }),
  HTTPS_PROXY: proxyAddress.optional().meta({
    description: 'Proxy on the way to Entra. Never used for loopback and link-local addresses.',
    absent: 'none',
  }),
  HTTP_PROXY: proxyAddress.optional().meta({ description: 'The same for `http:` addresses.', absent: 'none' }),
  NO_PROXY: z.string().max(2000, 'hosts, separated by commas').optional().meta({
    description: 'Hosts to reach without the proxy, separated by commas.',
    absent: 'none',
  }),
};

export type Identity = z.output<z.ZodObject<typeof identityShape>>;

/** The settings behind options that depend on each other. */
const SETTING_OF: Readonly<Record<keyof IdentityOptions, keyof Identity>> = {
  tenantId: 'ENTRA_TENANT_ID',
  clientId: 'ENTRA_CLIENT_ID',
  audiences: 'ENTRA_AUDIENCES',
  instance: 'ENTRA_INSTANCE',
  allowedTenants: 'ENTRA_ALLOWED_TENANTS',
  // A function, which no setting can be.
  isTenantAllowed: 'ENTRA_ALLOWED_TENANTS',
  allowedClients: 'ENTRA_ALLOWED_CLIENTS',
  acceptV1Tokens: 'ENTRA_ACCEPT_V1_TOKENS',
  clientsWithoutPermissions: 'ENTRA_CLIENTS_WITHOUT_PERMISSIONS',
};

/** Finds what one setting demands of another. */
export const findIdentityContradictions: FindContradictions<Identity> = (values, isSound) => {
  const { ENTRA_TENANT_ID: tenantId = '', ENTRA_CLIENT_ID: clientId = '', NODE_ENV: environment } = values;
  const options: IdentityOptions = {
    tenantId,
    clientId,
    audiences: values.ENTRA_AUDIENCES,
    instance: values.ENTRA_INSTANCE,
    allowedTenants: values.ENTRA_ALLOWED_TENANTS,
    allowedClients: values.ENTRA_ALLOWED_CLIENTS,
    acceptV1Tokens: values.ENTRA_ACCEPT_V1_TOKENS === 'true',
    clientsWithoutPermissions: values.ENTRA_CLIENTS_WITHOUT_PERMISSIONS,
  };
  const problems = identityProblems(
    options,
    (option) => SETTING_OF[option],
    (option) => isSound(SETTING_OF[option]),
  ).map(({ option, expected }): Contradiction => ({ name: SETTING_OF[option], expected }));
  const isComplete = Object.keys(identityShape).every(isSound);
  if (problems.length === 0 && isComplete) problems.push(...authorityContradictions(values as Identity));
  if (environment !== 'production') return problems;
  const isPlain = (address: string | undefined) => address?.startsWith('http:') === true;
  const expected = 'an https address when NODE_ENV is "production"';
  return [
    ...problems,
    ...(isPlain(values.ENTRA_INSTANCE) ? [{ name: 'ENTRA_INSTANCE', expected } as const] : []),
    ...(values.ENTRA_AUTHORITIES?.some((one) => isPlain(one.instance) || isPlain(one.downstream?.graphUrl))
      ? [{ name: 'ENTRA_AUTHORITIES', expected: `as instance and graphUrl of each authority ${expected}` } as const]
      : []),
  ];
};

/** Finds authorities that the server would refuse, by its own checks. Nothing is fetched. */
function authorityContradictions(values: Identity): readonly Contradiction[] {
  if (!values.ENTRA_AUTHORITIES) return [];
  try {
    createAuthentication({ ...toAuthentication(values), logger: silentLogger }).close();
    return [];
  } catch (error) {
    const expected = `authorities that the server accepts (${Object(error).message})`;
    return [{ name: 'ENTRA_AUTHORITIES', expected }];
  }
}

/** Options of `createAuthentication`. */
export function toAuthentication(values: Identity) {
  return {
    tenantId: values.ENTRA_TENANT_ID,
    clientId: values.ENTRA_CLIENT_ID,
    audiences: values.ENTRA_AUDIENCES ?? [values.ENTRA_CLIENT_ID, `api://${values.ENTRA_CLIENT_ID}`],
    instance: values.ENTRA_INSTANCE,
    allowedTenants: values.ENTRA_ALLOWED_TENANTS,
    allowedClients: values.ENTRA_ALLOWED_CLIENTS,
    acceptV1Tokens: values.ENTRA_ACCEPT_V1_TOKENS === 'true',
    clockToleranceSeconds: values.ENTRA_CLOCK_TOLERANCE_SECONDS,
    clientsWithoutPermissions: values.ENTRA_CLIENTS_WITHOUT_PERMISSIONS,
    requiredClaims: values.ENTRA_REQUIRED_CLAIMS,
    authorities: values.ENTRA_AUTHORITIES?.map(({ downstream: _, groupLookup: __, ...authority }) => authority),
    unknownRevocations: values.REVOCATIONS_UNKNOWN,
    groupRoles: values.ENTRA_GROUP_ROLES,
    appSpecificSigningKeys: values.ENTRA_APP_SPECIFIC_SIGNING_KEYS === 'true',
  };
}

/** Further authorities whose callers this API calls other APIs for, each in its own cloud and with its own credential. */
export function toDownstreamAuthorities({ ENTRA_AUTHORITIES: authorities = [] }: Identity) {
  return authorities.flatMap(({ name, clientId, instance, downstream, groupLookup = 'off' as const }) =>
    downstream ? [{ name, clientId, instance, ...downstream, groupLookup }] : [],
  );
}

/** Undefined when no proxy is named, and then the way to the identity provider is Node's own. */
export function toProxy({ HTTPS_PROXY: httpsProxy, HTTP_PROXY: httpProxy, NO_PROXY: noProxy }: Identity) {
  return httpsProxy || httpProxy ? { httpsProxy, httpProxy, noProxy } : undefined;
}
