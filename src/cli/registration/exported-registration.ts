import { z } from 'zod';
import type { KnownIds } from './build-registration.js';

/** A list that an export leaves out or writes as null is empty. */
const listOf = <T extends z.ZodType>(entry: T) =>
  z
    .array(entry)
    .nullish()
    .transform((list) => list ?? []);

const entry = { id: z.guid().optional(), value: z.string().nullish(), isEnabled: z.boolean().default(true) };
const scopes = listOf(z.looseObject(entry));

/** An export of the admin center or of `az ad app show`. Old manifests have other names for scopes and version. */
const manifest = z.looseObject({
  identifierUris: listOf(z.string()),
  signInAudience: z.string().default('AzureADMyOrg'),
  groupMembershipClaims: z.string().nullish(),
  api: z.looseObject({ requestedAccessTokenVersion: z.number().nullish(), oauth2PermissionScopes: scopes }).nullish(),
  accessTokenAcceptedVersion: z.number().nullish(),
  oauth2Permissions: scopes,
  appRoles: listOf(z.looseObject({ ...entry, allowedMemberTypes: listOf(z.string()) })),
  requiredResourceAccess: listOf(
    z.looseObject({
      resourceAppId: z.string().toLowerCase(),
      resourceAccess: listOf(z.looseObject({ id: z.string().toLowerCase(), type: z.enum(['Scope', 'Role']) })),
    }),
  ),
  optionalClaims: z
    .looseObject({ accessToken: listOf(z.looseObject({ name: z.string(), additionalProperties: listOf(z.string()) })) })
    .nullish(),
});

/** The parts of an app registration that are compared. */
export type ExportedRegistration = z.output<typeof manifest>;

/** A scope or an app role. */
export interface NamedEntry {
  readonly id?: string | undefined;
  readonly value?: string | null | undefined;
  readonly isEnabled: boolean;
}

export function parseExport(exported: unknown): ExportedRegistration | undefined {
  const parsed = manifest.safeParse(exported);
  const isRegistration = ['appRoles', 'api'].some((name) => Object.hasOwn(Object(exported), name));
  return parsed.success && isRegistration ? parsed.data : undefined;
}

/** Returns the scopes of both kinds of manifests. */
export function scopesOf({ api, oauth2Permissions }: ExportedRegistration): readonly NamedEntry[] {
  return [...(api?.oauth2PermissionScopes ?? []), ...oauth2Permissions];
}

export function idsIn(exported: ExportedRegistration): KnownIds {
  return { scopes: idsByValue(scopesOf(exported)), appRoles: idsByValue(exported.appRoles) };
}

function idsByValue(list: readonly NamedEntry[]): ReadonlyMap<string, string> {
  return new Map(list.flatMap(({ id, value }) => (id && value ? [[value, id] as const] : [])));
}
