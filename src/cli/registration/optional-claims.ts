export interface ClaimNeeds {
  readonly authContexts: readonly string[];
  /** A setting reads the claim `groups`. */
  readonly usesGroups: boolean;
  /** Names of claims that settings demand of tokens or hand to the database, sorted. */
  readonly claims: readonly string[];
}

/** An optional claim of access tokens, as Microsoft Graph has it. */
export interface OptionalClaim {
  readonly name: string;
  /** `user` for a directory extension. */
  readonly source?: 'user';
  readonly essential: false;
}

/** Claims that Entra adds to the access tokens of an API on request (optional claims reference). */
const OPTIONAL = new Set([
  ...['acct', 'acrs', 'auth_time', 'ctry', 'email', 'family_name', 'fwd', 'given_name', 'groups', 'idtyp', 'in_corp'],
  ...['ipaddr', 'login_hint', 'onprem_sid', 'preferred_username', 'pwd_exp', 'pwd_url', 'sid', 'tenant_ctry'],
  ...['tenant_region_scope', 'upn', 'verified_primary_email', 'verified_secondary_email', 'vnet', 'xms_cc'],
  ...['xms_edov', 'xms_pdl', 'xms_pl', 'xms_tpl', 'ztdid'],
]);

/** Claims that tokens have without a request, where there is a value (access token claims reference). */
const ALWAYS = new Set([
  ...['aud', 'azp', 'azpacr', 'exp', 'iat', 'idp', 'iss', 'name', 'nbf', 'oid', 'roles', 'scp', 'sub', 'tid', 'uti'],
  ...['ver', 'xms_act_fct', 'xms_idrel', 'xms_par_app_azp', 'xms_sub_fct', 'xms_tnt_fct'],
]);

const V1_ONLY = new Set(['acr', 'amr', 'appid', 'appidacr', 'unique_name']);

const EXTENSION = /^extension_[0-9a-f]{32}_\w+$/i;

/**
 * Returns the optional claims that the server, the rules and the settings read. The server needs four of them: whether an
 * application calls, whether a user is a guest, when the user signed in, and whether the client understands a challenge.
 * Without `acrs`, a renewed token forgets the step-up of its user. Entra adds the claims of agents by itself.
 */
export function optionalClaimsFor({ authContexts, usesGroups, claims }: ClaimNeeds): readonly OptionalClaim[] {
  const names = [
    ...['idtyp', 'acct', 'auth_time', 'xms_cc'],
    ...(authContexts.length > 0 ? ['acrs'] : []),
    ...(usesGroups ? ['groups'] : []),
    ...claims.filter((name) => OPTIONAL.has(name) || EXTENSION.test(name)),
  ];
  return [...new Set(names)].map((name) => ({
    name,
    ...(EXTENSION.test(name) && { source: 'user' as const }),
    essential: false,
  }));
}

/** Returns a sentence for each claim of the settings that an app registration alone does not put into tokens. */
export function claimNotes({ claims }: ClaimNeeds): readonly string[] {
  return claims.flatMap((name) => {
    const note = noteOn(name);
    return note === undefined ? [] : [`note: the settings name the claim ${name}. ${note}`];
  });
}

function noteOn(name: string): string | undefined {
  if (name === 'idtyp') return 'Tokens of users have it only with the additional property include_user_token.';
  if (name === 'wids') return 'Tokens have it only if groupMembershipClaims contains DirectoryRole or All.';
  if (V1_ONLY.has(name)) return 'Only v1.0 tokens have it, and this registration asks for v2.0 tokens.';
  if (name.startsWith('extn.'))
    return 'Add the directory extension: App registrations, Token configuration, Add optional claim.';
  if (EXTENSION.test(name))
    return `Look into a token: Entra may write it as extn.${name.slice(name.indexOf('_', 10) + 1)}.`;
  if (OPTIONAL.has(name) || ALWAYS.has(name)) return undefined;
  return 'Entra has no optional claim of this name. Map it: Enterprise applications, Single sign-on, Attributes & Claims.';
}
