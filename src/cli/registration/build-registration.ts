import { createHash } from 'node:crypto';
import type { DeclaredNames } from '../../authorization/requirements/declared-scopes.js';
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

/** Builds the app registration. An id that the tenant has is kept. Others are the same each time. */
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
    id: knownIds?.scopes.get(value) ?? stableId('scope', value),
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
  const id = needs.knownIds?.appRoles.get(value) ?? stableId('role', value);
  const allowedMemberTypes = memberTypesOf(value, needs);
  return { id, value, displayName: value, description: `${value} of the API.`, allowedMemberTypes, isEnabled: true };
}

/** Returns a GUID of version 8, which is made from a hash (RFC 9562 s.5.8). */
function stableId(kind: string, value: string): string {
  const hex = createHash('sha256').update(`entra-graphql ${kind} ${value}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
