import type { OtherApi } from '../../served-api.js';

const MICROSOFT_GRAPH = '00000003-0000-0000-c000-000000000000';

/** Permissions with which groups are looked up (Microsoft Graph permissions reference). */
const GROUP_LOOKUP: Readonly<Record<'user' | 'application', Permissions>> = {
  user: { delegated: { 'User.Read': 'e1fe6dd8-ba31-4d61-89e7-88639da4683d' } },
  application: {
    application: {
      'User.Read.All': 'df021288-bdef-4463-88db-98f22de89214',
      'GroupMember.Read.All': '98830695-27a2-44f7-8c18-0c3ebc9698f6',
    },
  },
};

/** Delegated permissions for a sign-in: `User.Read`, which the admin center adds by itself, and those of OpenID Connect. */
const SIGN_IN_PERMISSIONS = new Set([
  'e1fe6dd8-ba31-4d61-89e7-88639da4683d',
  '37f7f235-527c-4136-accd-4a02d197296e',
  '14dad69e-099b-42c9-810b-d002981feec1',
  '64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0',
  '7427e0e9-2fdb-4417-809c-591378161370',
]);

type Permissions = Pick<OtherApi, 'delegated' | 'application'>;

export interface OtherApiNeeds {
  /** Undefined: the API does not say which ones its code asks for. */
  readonly otherApis: readonly OtherApi[] | undefined;
  /** `ENTRA_GROUP_LOOKUP`. */
  readonly groupLookup: 'off' | 'user' | 'application';
}

/** Permissions of one other API, as Microsoft Graph has them in an app registration. */
export interface ResourceAccess {
  readonly resourceAppId: string;
  readonly resourceAccess: readonly { readonly id: string; readonly type: 'Scope' | 'Role' }[];
}

/** A permission of another API with its words. */
interface NamedPermission {
  readonly resourceAppId: string;
  readonly id: string;
  readonly type: 'Scope' | 'Role';
  readonly words: string;
}

/** Returns the permissions in the form of an app registration. */
export function resourceAccessFor(needs: OtherApiNeeds): readonly ResourceAccess[] {
  const permissions = permissionsFor(needs);
  return [...new Set(permissions.map(({ resourceAppId }) => resourceAppId))].map((resourceAppId) => ({
    resourceAppId,
    resourceAccess: permissions
      .filter((one) => one.resourceAppId === resourceAppId)
      .map(({ id, type }) => ({ id, type })),
  }));
}

/**
 * Compares the permissions of an export with those that the API needs. Nothing is too much where the API does not say which
 * ones its code asks for. A removal takes two steps, because the consent of an administrator outlives the entry.
 */
export function diffResourceAccess(exported: readonly ResourceAccess[], needs: OtherApiNeeds): readonly string[] {
  const needed = permissionsFor(needs);
  const found = exported.flatMap(({ resourceAppId, resourceAccess }) =>
    resourceAccess.map(({ id, type }) => ({ resourceAppId, id, type })),
  );
  const missing = needed.filter((one) => !found.some(isSameAs(one)));
  const extra = needs.otherApis === undefined ? [] : found.filter((one) => !needed.some(isSameAs(one)));
  return [
    ...missing.map(({ words }) => `missing: ${words}. Add it, and let an administrator consent`),
    ...extra
      .filter(({ resourceAppId, id }) => resourceAppId !== MICROSOFT_GRAPH || !SIGN_IN_PERMISSIONS.has(id))
      .map(
        ({ resourceAppId, id, type }) =>
          `too much: the ${KINDS[type]} permission ${id} of the API ${resourceAppId}. First step: remove it. Second step: revoke its consent (Enterprise applications, Permissions), which stays otherwise`,
      ),
  ];
}

const KINDS = { Scope: 'delegated', Role: 'application' } as const;

function isSameAs(one: Omit<NamedPermission, 'words'>) {
  return ({ resourceAppId, id, type }: Omit<NamedPermission, 'words'>) =>
    resourceAppId === one.resourceAppId && id === one.id && type === one.type;
}

function permissionsFor({ otherApis = [], groupLookup }: OtherApiNeeds): readonly NamedPermission[] {
  const graph = { name: 'Microsoft Graph', appId: MICROSOFT_GRAPH };
  const apis = [...(groupLookup === 'off' ? [] : [{ ...graph, ...GROUP_LOOKUP[groupLookup] }]), ...otherApis];
  const all = apis.flatMap((api) => [...named(api, 'Scope'), ...named(api, 'Role')]);
  return all.filter((one, at) => all.findIndex(isSameAs(one)) === at);
}

function named(api: OtherApi, type: 'Scope' | 'Role'): readonly NamedPermission[] {
  const kind = KINDS[type];
  return Object.entries(api[kind] ?? {}).map(([name, id]) => ({
    resourceAppId: api.appId.toLowerCase(),
    id: id.toLowerCase(),
    type,
    words: `the ${kind} permission ${name} of ${api.name}`,
  }));
}
