import { diffResourceAccess } from './api-permissions.js';
import { memberTypesOf, type RegistrationNeeds, signInAudienceFor } from './build-registration.js';
import { type ExportedRegistration, type NamedEntry, scopesOf } from './exported-registration.js';
import { optionalClaimsFor } from './optional-claims.js';

/** Compares an exported app registration with what schema and settings need. Returns a line for each difference. */
export function diffRegistration(exported: ExportedRegistration, needs: RegistrationNeeds): readonly string[] {
  const { appRoles, identifierUris } = exported;
  const version = exported.api?.requestedAccessTokenVersion ?? exported.accessTokenAcceptedVersion ?? 1;
  return [
    ...(version === 2 ? [] : [`change: requestedAccessTokenVersion is ${version}, and should be 2`]),
    ...signInAudienceChange(exported, needs),
    ...(needs.appIdUri === undefined || identifierUris.includes(needs.appIdUri)
      ? []
      : [`missing: the App ID URI ${needs.appIdUri}`]),
    ...compare('scope', needs.scopes, scopesOf(exported)),
    ...compare('app role', [...new Set([...needs.roles, ...needs.permissions])].sort(), appRoles),
    ...appRoles.flatMap((role) => compareMemberTypes(role, needs)),
    ...missingClaims(exported, needs),
    ...missingGroups(exported, needs),
    ...groupFormChanges(exported, needs),
    ...diffResourceAccess(exported.requiredResourceAccess, needs),
  ];
}

/** Without a tenant in the settings, nothing says who may sign in. */
function signInAudienceChange({ signInAudience }: ExportedRegistration, needs: RegistrationNeeds): readonly string[] {
  const needed = signInAudienceFor(needs);
  if (needs.tenantId === undefined || signInAudience === needed) return [];
  return [`change: signInAudience is ${signInAudience}, and should be ${needed}`];
}

/** A removal takes two steps, because Entra removes only what is disabled. Tokens that are out keep the permission. */
function compare(kind: string, needed: readonly string[], found: readonly NamedEntry[]): readonly string[] {
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

/** A role that no rule names is too much as a whole, so its member types are left out. */
function compareMemberTypes(
  role: ExportedRegistration['appRoles'][number],
  needs: RegistrationNeeds,
): readonly string[] {
  const { value, allowedMemberTypes: found, isEnabled } = role;
  const needed = memberTypesOf(value ?? '', needs);
  const extra = needed.length === 0 ? [] : found.filter((type) => !needed.includes(type));
  const steps = isEnabled
    ? 'First step: disable the role (isEnabled: false)'
    : 'Second step: the role is disabled. Remove the type and enable the role again';
  return [
    ...needed
      .filter((type) => !found.includes(type))
      .map((type) => `change: the app role ${value} lacks ${type} in allowedMemberTypes`),
    ...extra.map((type) => `too much: ${type} in allowedMemberTypes of the app role ${value}. ${steps}`),
  ];
}

function missingClaims({ optionalClaims }: ExportedRegistration, needs: RegistrationNeeds): readonly string[] {
  const found = new Set((optionalClaims?.accessToken ?? []).map(({ name }) => name));
  return optionalClaimsFor(needs)
    .filter(({ name }) => !found.has(name))
    .map(({ name }) => `missing: the optional claim ${name} of access tokens`);
}

const GROUPS = ['ApplicationGroup', 'SecurityGroup', 'All'];

/** The value is a list with commas. Each of {@link GROUPS} puts groups into tokens. */
function missingGroups({ groupMembershipClaims }: ExportedRegistration, needs: RegistrationNeeds): readonly string[] {
  const found = (groupMembershipClaims ?? '').split(',').map((part) => part.trim());
  if (!needs.usesGroups || GROUPS.some((value) => found.includes(value))) return [];
  return ['missing: groupMembershipClaims with ApplicationGroup, because the settings read groups'];
}

/** Settings of the claim that put names in place of ids (Entra optional claims: groups). */
const NAME_FORMATS = [
  'sam_account_name',
  'dns_domain_and_sam_account_name',
  'netbios_domain_and_sam_account_name',
  'cloud_displayname',
];

/** A user who may create groups could give a group the name of any role. */
function groupFormChanges({ optionalClaims }: ExportedRegistration, needs: RegistrationNeeds): readonly string[] {
  const groups = (optionalClaims?.accessToken ?? []).filter(({ name }) => name === 'groups');
  const given = groups.flatMap(({ additionalProperties }) => additionalProperties);
  const formats = needs.usesGroups ? given.filter((one) => NAME_FORMATS.includes(one)) : [];
  return [
    ...formats.map(
      (one) => `change: the optional claim groups has ${one}, and should have ids: the settings name those`,
    ),
    ...(given.includes('emit_as_roles')
      ? ['change: the optional claim groups has emit_as_roles, which puts groups in place of app roles']
      : []),
  ];
}
