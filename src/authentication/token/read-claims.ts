import { isJsonObject } from '../../values/is-object.js';
import type { AccessTokenClaims } from '../access-token-claims.js';
import type { JsonObject } from '../json-object.js';

const isText = (value: unknown) => typeof value === 'string';
const isNumber = (value: unknown) => typeof value === 'number';
const isList = (value: unknown) => Array.isArray(value) && value.every(isText);
const isTextOrList = (value: unknown) => isText(value) || isList(value);

/** Names of the claims that have a documented type. */
type DocumentedName = keyof { [Name in keyof AccessTokenClaims as string extends Name ? never : Name]: unknown };

const TYPES: Readonly<Record<DocumentedName, (value: unknown) => boolean>> = {
  aud: isTextOrList,
  iss: isText,
  iat: isNumber,
  nbf: isNumber,
  exp: isNumber,
  ver: isText,
  tid: isText,
  oid: isText,
  sub: isText,
  uti: isText,
  azp: isText,
  appid: isText,
  azpacr: isText,
  appidacr: isText,
  idp: isText,
  idtyp: isText,
  scp: isText,
  roles: isList,
  wids: isList,
  groups: isList,
  acrs: isTextOrList,
  amr: isList,
  acr: isText,
  auth_time: isNumber,
  acct: isNumber,
  name: isText,
  given_name: isText,
  family_name: isText,
  preferred_username: isText,
  unique_name: isText,
  upn: isText,
  email: isText,
  login_hint: isText,
  sid: isText,
  onprem_sid: isText,
  ipaddr: isText,
  ctry: isText,
  tenant_ctry: isText,
  tenant_region_scope: isText,
  xms_cc: isTextOrList,
  xms_pl: isText,
  xms_tpl: isText,
  xms_act_fct: isText,
  xms_sub_fct: isText,
  xms_par_app_azp: isText,
};
const DOCUMENTED = new Map(Object.entries(TYPES));

/**
 * Returns the claims of a verified token, frozen deeply: all requests with one token share them. A documented claim of
 * another type is left out, so that code which relies on the type cannot be misled.
 */
export function readClaims(payload: JsonObject): AccessTokenClaims {
  if (hasDocumentedTypes(payload)) return freezeDeeply(payload);
  return readClaims(Object.fromEntries(Object.entries(payload).filter(hasDocumentedType)));
}

function hasDocumentedTypes(payload: JsonObject): payload is AccessTokenClaims {
  return Object.entries(payload).every(hasDocumentedType);
}

function hasDocumentedType([name, value]: readonly [name: string, value: unknown]): boolean {
  return DOCUMENTED.get(name)?.(value) ?? true;
}

/** Freezes a value and its members. The depth is bounded by the members that a token may have. */
function freezeDeeply<T>(value: T): T {
  if (Array.isArray(value)) for (const entry of value) freezeDeeply(entry);
  else if (isJsonObject(value)) for (const entry of Object.values(value)) freezeDeeply(entry);
  return Object.freeze(value);
}
