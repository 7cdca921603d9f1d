import { AccessTokenError, SigningKeysUnavailableError } from '../access-token-error.js';
import { appIdUriIn } from '../app-id-uri.js';
import { describeError } from '../authentication-logger.js';
import { type AccessTokenFailureCode, describeFailure } from '../failure-catalogue.js';
import type { JsonObject } from '../json-object.js';
import type { TokenRequirements } from '../token/token-requirements.js';
import type { TokenFacts } from './explanation-step.js';

const MAX_SHOWN = 200;

/** A claim's value as JSON, cut where it gets long; `none` when it is missing. */
export function shown(value: unknown): string {
  if (value === undefined) return 'none';
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}

/** The tenant that a token names; empty when what stands there is no text, which a check of its own finds. */
export function tenantIdIn(payload: JsonObject | undefined): string {
  return typeof payload?.tid === 'string' ? payload.tid : '';
}

/** Accepted values, as a reader would list them. */
export function listed(values: ReadonlySet<string>): string {
  return [...values].join(' or ');
}

/** When a token begins and ends, seen from now: what shows a clock that is wrong. */
export function lifetimeOf(payload: JsonObject | undefined, nowSeconds: number): string {
  return ['nbf', 'iat', 'exp'].map((claim) => `${claim} ${fromNow(payload?.[claim], nowSeconds)}`).join(', ');
}

function fromNow(value: unknown, nowSeconds: number): string {
  if (typeof value !== 'number') return shown(value);
  const seconds = value - nowSeconds;
  return seconds > 0 ? `in ${seconds} s` : `${-seconds} s ago`;
}

/** Every code an explanation can name. */
export type ExplanationCode = AccessTokenFailureCode | 'SIGNING_KEYS_UNAVAILABLE';

/**
 * What a failed check is called and what to change: the catalogue's hint, or a closer one where the token shows more.
 *
 * @throws what is neither a refusal nor missing keys: a bug is not explained away
 */
export function diagnose(
  error: unknown,
  payload: JsonObject | undefined,
  required: TokenRequirements,
): { readonly code: ExplanationCode; readonly fix: string } {
  if (error instanceof SigningKeysUnavailableError) return { code: error.code, fix: fixForOutage(error) };
  if (!(error instanceof AccessTokenError)) throw error;
  const { code } = error;
  return { code, fix: closerHint(code, payload ?? {}, required) ?? hintFor(code, required) };
}

/** How the catalogue writes the App ID URI of an API that it does not know. */
const SOME_APP_ID_URI = 'api://<client id of the API>';

function hintFor(code: AccessTokenFailureCode, { audiences }: TokenRequirements): string {
  return describeFailure(code).hint.replaceAll(SOME_APP_ID_URI, () => appIdUriIn(audiences) ?? SOME_APP_ID_URI);
}

function fixForOutage({ cause }: SigningKeysUnavailableError): string {
  const { address = 'the identity provider', reason } = describeError(cause);
  return `This server could not read ${address} (${reason}). "entra-graphql doctor" says what to do about it. Keys it has are good for 24 hours, so an outage shows late.`;
}

function closerHint(
  code: AccessTokenFailureCode,
  { aud, ver, iss }: JsonObject,
  required: TokenRequirements,
): string | undefined {
  if (code === 'ISSUER_MISMATCH' && typeof iss === 'string' && iss.includes('{tenantid}')) {
    return '{tenantid} is a placeholder of the metadata and never in a token: this token was not issued by Entra ID.';
  }
  if (code !== 'AUDIENCE_MISMATCH' || typeof aud !== 'string') return undefined;
  if (![...required.audiences].some((audience) => essence(audience) === essence(aud))) return undefined;
  return `Expected ${listed(required.audiences)}, got ${shown(aud)} in a token of version ${shown(ver)}: they differ only in api://, spn:, case, a final slash or a space. Add this spelling to ENTRA_AUDIENCES.`;
}

function essence(audience: string): string {
  return audience
    .trim()
    .toLowerCase()
    .replace(/^(api:\/\/|spn:)/, '')
    .replace(/\/$/, '');
}

/** What is worth knowing beside the checks, though it refuses nothing. */
export function notesOn({ payload = {} }: TokenFacts, required: TokenRequirements): string[] {
  const notes: string[] = [];
  if (hasGroupsOverage(payload)) {
    notes.push('The user is in too many groups for the token to list them. Groups decide nothing here; use app roles.');
  }
  const client = payload.azp ?? payload.appid;
  if (typeof client === 'string' && required.clientsWithoutPermissions.has(client.toLowerCase())) {
    notes.push(
      'This client is let in without any permission (ENTRA_CLIENTS_WITHOUT_PERMISSIONS). Better grant it one, and set "Assignment required" so that no other application of the tenant gets such a token.',
    );
  }
  return notes;
}

function hasGroupsOverage({ hasgroups, _claim_names: references }: JsonObject): boolean {
  if (hasgroups === true || hasgroups === 'true') return true;
  return typeof references === 'object' && references !== null && Object.hasOwn(references, 'groups');
}
