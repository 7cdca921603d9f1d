import { guidFrom } from '../../authentication/guid.js';
import type { DeclaredNames } from '../../authorization/requirements/declared-names.js';
import { type OtherApiNeeds, type ResourceAccess, resourceAccessFor } from './api-permissions.js';
import { type ClaimNeeds, type OptionalClaim, optionalClaimsFor } from './optional-claims.js';

export interface RegistrationNeeds extends DeclaredNames, ClaimNeeds, OtherApiNeeds {
  readonly displayName: string;
  /** Undefined while the application has no client id. */
  readonly appIdUri: string | undefined;
  /** `ENTRA_TENANT_ID`. Several tenants need an application that they may use. */
  readonly tenantId: string | undefined;
  /** Ids of scopes and app roles that the tenant has already, by kind and value. Others get ids of their own. */
  readonly knownIds?: KnownIds | undefined;
}

/** Ids by the value of the scope or app role. */
export interface KnownIds {
  readonly scopes: ReadonlyMap<string, string>;
  readonly appRoles: ReadonlyMap<string, string>;
}

export interface PermissionScope {
  readonly id: string;
  readonly value: string;
  readonly type: string;
  readonly isEnabled: boolean;
  readonly adminConsentDisplayName: string;
  readonly adminConsentDescription: string;
  readonly userConsentDisplayName: string;
  readonly userConsentDescription: string;
}

/** An app role for users, an application permission, or both in one. */
export interface AppRole {
  readonly id: string;
  readonly value: string;
  readonly displayName: string;
  readonly description: string;
  readonly allowedMemberTypes: readonly string[];
  readonly isEnabled: boolean;
}

/** An app registration as Microsoft Graph has it (resource type `application`). */
export interface Registration {
  readonly displayName: string;
  readonly identifierUris?: readonly string[];
  readonly signInAudience: SignInAudience;
  readonly groupMembershipClaims?: 'ApplicationGroup';
  readonly api: {
    readonly requestedAccessTokenVersion: 2;
    readonly oauth2PermissionScopes: readonly PermissionScope[];
  };
  readonly appRoles: readonly AppRole[];
  readonly optionalClaims: { readonly accessToken: readonly OptionalClaim[] };
  readonly requiredResourceAccess?: readonly ResourceAccess[];
}

/** Accounts that may sign in. */
export type SignInAudience = 'AzureADMyOrg' | 'AzureADMultipleOrgs' | 'AzureADandPersonalMicrosoftAccount';

/**
 * Builds the app registration for a schema. An id that the tenant has is kept. Others are computed from kind and value, so
 * that a second run changes nothing. Tokens name only the groups that are assigned to the application, which are few enough
 * for a token.
 */
export function buildRegistration(needs: RegistrationNeeds): Registration {
  const { displayName, appIdUri, scopes, usesGroups } = needs;
  const requiredResourceAccess = resourceAccessFor(needs);
  return {
    displayName,
    ...(appIdUri !== undefined && { identifierUris: [appIdUri] }),
    signInAudience: signInAudienceFor(needs),
    ...(usesGroups && { groupMembershipClaims: 'ApplicationGroup' }),
    api: { requestedAccessTokenVersion: 2, oauth2PermissionScopes: scopes.map((value) => toScope(value, needs)) },
    appRoles: [...new Set([...needs.roles, ...needs.permissions])].sort().map((value) => toRole(value, needs)),
    optionalClaims: { accessToken: optionalClaimsFor(needs) },
    ...(requiredResourceAccess.length > 0 && { requiredResourceAccess }),
  };
}

export function signInAudienceFor({ tenantId }: RegistrationNeeds): SignInAudience {
  if (tenantId === 'organizations') return 'AzureADMultipleOrgs';
  return tenantId === 'common' ? 'AzureADandPersonalMicrosoftAccount' : 'AzureADMyOrg';
}

/** Returns the kinds of members that a role of the schema is for. */
export function memberTypesOf(value: string, { roles, permissions }: DeclaredNames): readonly string[] {
  return [...(roles.includes(value) ? ['User'] : []), ...(permissions.includes(value) ? ['Application'] : [])];
}

function toScope(value: string, { knownIds }: RegistrationNeeds): PermissionScope {
  const words = `Use the API with ${value}`;
  return {
    id: knownIds?.scopes.get(value) ?? guidFrom(`scope ${value}`),
    value,
    type: 'User',
    isEnabled: true,
    adminConsentDisplayName: words,
    adminConsentDescription: `${words} for the signed-in user.`,
    userConsentDisplayName: words,
    userConsentDescription: `${words} for you.`,
  };
}

function toRole(value: string, needs: RegistrationNeeds): AppRole {
  const id = needs.knownIds?.appRoles.get(value) ?? guidFrom(`role ${value}`);
  const allowedMemberTypes = memberTypesOf(value, needs);
  return { id, value, displayName: value, description: `${value} of the API.`, allowedMemberTypes, isEnabled: true };
}
