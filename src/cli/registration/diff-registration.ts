import { z } from 'zod';
import { type KnownIds, memberTypesOf, optionalClaimsFor, type RegistrationNeeds } from './build-registration.js';

const id = z.guid().optional();
const named = z.array(z.looseObject({ id, value: z.string().nullish(), isEnabled: z.boolean().default(true) }));
const appRoles = z.array(
  z.looseObject({
    id,
    value: z.string().nullish(),
    isEnabled: z.boolean().default(true),
    allowedMemberTypes: z.array(z.string()).default([]),
  }),
);

/** An export of the admin center or of `az ad app show`. Old manifests have other names for scopes and version. */
const manifest = z.looseObject({
  identifierUris: z.array(z.string()).default([]),
  groupMembershipClaims: z.string().nullish(),
  api: z
    .looseObject({
      requestedAccessTokenVersion: z.number().nullish(),
      oauth2PermissionScopes: named.default([]),
    })
    .nullish(),
  accessTokenAcceptedVersion: z.number().nullish(),
  oauth2Permissions: named.default([]),
  appRoles: appRoles.default([]),
  optionalClaims: z.looseObject({ accessToken: z.array(z.looseObject({ name: z.string() })).nullish() }).nullish(),
});

/**
 * Compares an exported app registration with what the schema needs. Returns a line for each difference, and undefined for
 * what is not an app registration.
 */
export function diffRegistration(exported: unknown, needs: RegistrationNeeds): readonly string[] | undefined {
  const data = parse(exported);
  if (!data) return undefined;
  const { api, appRoles: roles, identifierUris, groupMembershipClaims, ...old } = data;
  const version = api?.requestedAccessTokenVersion ?? old.accessTokenAcceptedVersion ?? 1;
  const scopes = scopesOf(data);
  const claims = new Set((data.optionalClaims?.accessToken ?? []).map(({ name }) => name));
  return [
    ...(version === 2 ? [] : [`change: requestedAccessTokenVersion is ${version}, and should be 2`]),
    ...(needs.appIdUri === undefined || identifierUris.includes(needs.appIdUri)
      ? []
      : [`missing: the App ID URI ${needs.appIdUri}`]),
    ...compare('scope', needs.scopes, scopes),
    ...compare('app role', [...new Set([...needs.roles, ...needs.permissions])].sort(), roles),
    ...roles.flatMap((role) => missingMemberTypes(role, needs)),
    ...optionalClaimsFor(needs)
      .filter((name) => !claims.has(name))
      .map((name) => `missing: the optional claim ${name} of access tokens`),
    ...(needs.usesGroups && (groupMembershipClaims ?? 'None') === 'None'
      ? ['missing: groupMembershipClaims, which ENTRA_GROUP_ROLES needs']
      : []),
  ];
}

/** Returns the ids that an exported app registration has. Undefined for what is not one. */
export function idsIn(exported: unknown): KnownIds | undefined {
  const data = parse(exported);
  return data && { scopes: idsByValue(scopesOf(data)), appRoles: idsByValue(data.appRoles) };
}

function parse(exported: unknown): z.output<typeof manifest> | undefined {
  const parsed = manifest.safeParse(exported);
  const isRegistration = ['appRoles', 'api'].some((name) => Object.hasOwn(Object(exported), name));
  return parsed.success && isRegistration ? parsed.data : undefined;
}

function scopesOf({ api, oauth2Permissions }: z.output<typeof manifest>) {
  return [...(api?.oauth2PermissionScopes ?? []), ...oauth2Permissions];
}

function idsByValue(list: readonly Pick<Named, 'id' | 'value'>[]): ReadonlyMap<string, string> {
  return new Map(list.flatMap(({ id: own, value }) => (own && value ? [[value, own] as const] : [])));
}

interface Named {
  readonly id?: string | undefined;
  readonly value?: string | null | undefined;
  readonly isEnabled: boolean;
}

/** A removal takes two steps, because Entra removes only what is disabled. Tokens that are out keep the permission. */
function compare(kind: string, needed: readonly string[], found: readonly Named[]): readonly string[] {
  const missing = needed.filter((value) => !found.some((one) => one.value === value));
  const disabled = found.filter(({ value, isEnabled }) => !isEnabled && value && needed.includes(value));
  const extra = found.filter(({ value }) => value && !needed.includes(value));
  return [
    ...missing.map((value) => `missing: the ${kind} ${value}`),
    ...disabled.map(({ value }) => `change: the ${kind} ${value} is disabled`),
    ...extra.map(({ value, isEnabled }) =>
      isEnabled
        ? `too much: the ${kind} ${value}. First step: disable it (isEnabled: false)`
        : `too much: the ${kind} ${value}. Second step: it is disabled, and can be removed`,
    ),
  ];
}

function missingMemberTypes(
  { value, allowedMemberTypes }: { readonly value?: string | null | undefined; readonly allowedMemberTypes: string[] },
  needs: RegistrationNeeds,
): readonly string[] {
  const missing = memberTypesOf(value ?? '', needs).filter((type) => !allowedMemberTypes.includes(type));
  return missing.map((type) => `change: the app role ${value} lacks ${type} in allowedMemberTypes`);
}
