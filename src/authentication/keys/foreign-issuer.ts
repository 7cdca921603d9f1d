import { textOf } from '../json-object.js';
import { AUTHENTICATION_LIMITS } from '../limits.js';
import { instanceAdvice } from './clouds.js';
import { unsupportedAuthority } from './unsupported-authorities.js';

const MAX_SHOWN = AUTHENTICATION_LIMITS.shownValueLength.default;

/**
 * Describes an issuer that is not the expected one: both of them, and the setting that is likely to be wrong.
 *
 * @param expected the accepted issuers, the usual one first
 */
export function describeForeignIssuer(found: unknown, expected: readonly string[]): string {
  const shown = JSON.stringify(found) ?? 'none';
  const issuers = `its issuer is ${shown.slice(0, MAX_SHOWN)}, and ${expected[0]} is expected`;
  return `${issuers}. ${adviceOn(found, expected)}`;
}

/** Returns what to change in the settings when tokens or metadata have the issuer `found`. */
export function adviceOn(found: unknown, expected: readonly string[]): string {
  const issuer = textOf(found);
  const name = unsupportedAuthority(issuer);
  if (name !== undefined) return `This is ${name}, which is not supported: use Microsoft Entra ID or External ID.`;
  const isSameHost = expected.some((each) => URL.canParse(issuer) && new URL(each).host === new URL(issuer).host);
  if (isSameHost) return 'Check ENTRA_TENANT_ID: this is the issuer of another tenant or token version.';
  return instanceAdvice(issuer) ?? 'Check ENTRA_INSTANCE and ENTRA_TENANT_ID.';
}
