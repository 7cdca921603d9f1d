/**
 * Payload of a verified access token, frozen deeply. Documented claims have the type that Microsoft documents: one of
 * another type is left out. Any other claim, such as a directory extension, is `unknown`.
 *
 * Some claims are personal data. They are for decisions in resolvers and policies, not for logs (Microsoft identity
 * platform: access token claims reference, optional claims reference).
 */
export interface AccessTokenClaims extends DocumentedClaims {
  readonly [claim: string]: unknown;
}

interface DocumentedClaims {
  readonly aud?: string | readonly string[];
  readonly iss?: string;
  /** Seconds since 1970, like every time in a token. */
  readonly iat?: number;
  readonly nbf?: number;
  readonly exp?: number;
  readonly ver?: string;
  readonly tid?: string;
  readonly oid?: string;
  /** Identifies the user for this API alone. */
  readonly sub?: string;
  /** Id of the token. */
  readonly uti?: string;
  /** Client application. It is `azp` in v2.0 tokens and `appid` in v1.0 tokens. */
  readonly azp?: string;
  readonly appid?: string;
  /** How the client proved itself: `0` not at all, `1` with a secret, `2` with a certificate. `appidacr` in v1.0 tokens. */
  readonly azpacr?: string;
  readonly appidacr?: string;
  readonly idp?: string;
  readonly idtyp?: string;
  readonly scp?: string;
  readonly roles?: readonly string[];
  /** Directory roles of the user, by template id. */
  readonly wids?: readonly string[];
  /** Groups of the user, by object id. Missing where there are too many for a token. */
  readonly groups?: readonly string[];
  /** Satisfied authentication contexts. */
  readonly acrs?: string | readonly string[];
  /** How the user signed in, such as `pwd`, `mfa` or `fido`. In v1.0 tokens only, like `acr`. */
  readonly amr?: readonly string[];
  /** Authentication context class: `0` where the sign-in does not meet ISO/IEC 29115. */
  readonly acr?: string;
  /** When the user signed in, an optional claim. */
  readonly auth_time?: number;
  /** Account in the tenant. 0 is a member and 1 a guest. */
  readonly acct?: number;
  readonly name?: string;
  readonly given_name?: string;
  readonly family_name?: string;
  readonly preferred_username?: string;
  readonly unique_name?: string;
  readonly upn?: string;
  readonly email?: string;
  readonly login_hint?: string;
  readonly sid?: string;
  readonly onprem_sid?: string;
  readonly ipaddr?: string;
  /** Country or region of the user, of the user's tenant, and the region of that tenant. */
  readonly ctry?: string;
  readonly tenant_ctry?: string;
  readonly tenant_region_scope?: string;
  readonly xms_cc?: string | readonly string[];
  readonly xms_pl?: string;
  readonly xms_tpl?: string;
  readonly xms_act_fct?: string;
  readonly xms_sub_fct?: string;
  readonly xms_par_app_azp?: string;
}
