import { appIdUriIn } from '../app-id-uri.js';
import { describeError } from '../authentication-logger.js';
import { leavesGroupsOut } from '../groups/group-roles.js';
import { parseGuid } from '../guid.js';
import type { JsonObject } from '../json-object.js';
import type { TokenRequirements } from '../options/token-requirements.js';
import { AccessTokenError, SigningKeysUnavailableError } from '../refusals/access-token-error.js';
import { type AccessTokenFailureCode, describeFailure } from '../refusals/failure-catalogue.js';
import { closerHint, SOME_APP_ID_URI } from './closer-hints.js';
import type { AdviceSettings, TokenFacts } from './explanation-step.js';

export type ExplanationCode = AccessTokenFailureCode | 'SIGNING_KEYS_UNAVAILABLE';

/**
 * Returns the code of a failed check and its remedy. The hint is the catalogue's or a more specific one if the token shows
 * more.
 *
 * @throws what is neither a refusal nor missing keys, because it is a bug
 */
export function diagnose(
  error: unknown,
  { header = {}, payload = {} }: TokenFacts,
  settings: AdviceSettings,
): { readonly code: ExplanationCode; readonly fix: string } {
  if (error instanceof SigningKeysUnavailableError) return { code: error.code, fix: fixForOutage(error) };
  if (!(error instanceof AccessTokenError)) throw error;
  const { code } = error;
  return { code, fix: closerHint(code, { header, payload }, settings) ?? hintFor(code, settings.required) };
}

function hintFor(code: AccessTokenFailureCode, { audiences }: TokenRequirements): string {
  return describeFailure(code).hint.replaceAll(SOME_APP_ID_URI, () => appIdUriIn(audiences) ?? SOME_APP_ID_URI);
}

function fixForOutage({ cause }: SigningKeysUnavailableError): string {
  const { address = 'the identity provider', reason, hint = 'Run "entra-graphql doctor".' } = describeError(cause);
  return `This server could not read ${address} (${reason}). ${hint} Keys it has are good for 24 hours, so an outage shows late.`;
}

/** Returns remarks that are worth knowing although they refuse nothing. */
export function notesOn({ payload = {} }: TokenFacts, required: TokenRequirements): string[] {
  const notes: string[] = [];
  if (leavesGroupsOut(payload)) notes.push(overageNote(required));
  if (required.groupRoles.size > 0 && hasGroupNames(payload)) {
    notes.push(
      'Claim groups has names, and ENTRA_GROUP_ROLES names groups by id. Choose the format Group ID for access tokens (App registrations, Token configuration).',
    );
  }
  const client = payload.azp ?? payload.appid;
  if (typeof client === 'string' && required.clientsWithoutPermissions.has(client.toLowerCase())) {
    notes.push(
      'This client is let in without any permission (ENTRA_CLIENTS_WITHOUT_PERMISSIONS). Better grant it one, and set "Assignment required" so that no other application of the tenant gets such a token.',
    );
  }
  return notes;
}

function hasGroupNames({ groups }: JsonObject): boolean {
  return Array.isArray(groups) && groups.some((group) => parseGuid(group) === undefined);
}

function overageNote({ groupRoles }: TokenRequirements): string {
  const fact = 'The user is in too many groups for the token to list them.';
  if (groupRoles.size === 0) return `${fact} Groups decide nothing here; use app roles.`;
  return `${fact} Fields that need a role of a group (ENTRA_GROUP_ROLES) answer SERVICE_UNAVAILABLE, unless ENTRA_GROUP_LOOKUP is set. Let the token have only groups that are assigned to the application, or use app roles.`;
}
