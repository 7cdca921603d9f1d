import type { JsonObject } from '../json-object.js';

/**
 * Claims that a token can lack without being refused for it. Each of them grants or describes something when it is there.
 */
type OptionalClaim =
  | 'scp'
  | 'roles'
  | 'groups'
  | 'acrs'
  | 'idtyp'
  | 'acct'
  | 'idp'
  | 'xms_cc'
  | 'xms_par_app_azp'
  | '_claim_names';

/**
 * Returns the value of a claim that may be missing. `null` counts as missing because a claim that is not returned should be
 * left out instead of being null (OpenID Connect Core s.5.3.2). Neither grants anything. Everywhere else null is a value
 * like any other. It refuses a required claim and `nbf`. A claim that marks another kind of token (`nonce`, `cnf`) marks it
 * when null too.
 */
export function optionalClaim(claims: JsonObject, name: OptionalClaim): unknown {
  return claims[name] ?? undefined;
}
