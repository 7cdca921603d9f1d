import type { Caller } from '../../authentication/caller.js';
import type { AccessTokenExplanation, ExplainedCheck } from '../../authentication/explanation/explain-access-token.js';
import { describeFailure, failureAnchor } from '../../authentication/refusals/failure-catalogue.js';
import { textTable, wrap } from '../terminal/text-table.js';
import { describeRoles } from './describe-roles.js';

/** The result of `token inspect`. */
export interface Inspection {
  readonly explanation: AccessTokenExplanation;
  readonly offline: boolean;
  /** Address of the development emulator, if its tokens are judged. */
  readonly emulator: string | undefined;
  /** The proxy settings in use. */
  readonly proxy: string;
}

const WIDTH = 118;
const COLUMNS = [5, 17, 44, 46];
/** The page with a section on each code. */
const DOCUMENTATION = 'docs/token-errors.md';

/** The inspection as a table for a person. */
export function inspectionAsText(inspection: Inspection): string {
  const { explanation, emulator } = inspection;
  const { checks, notes, caller } = explanation;
  return [
    ...(emulator ? [`No setting names an authority: judged as the development server does (${emulator}).`, ''] : []),
    ...verdictOf(inspection),
    '',
    textTable([['', 'check', 'expected', 'found'], ...checks.filter(isJudged).map(rowOf)], COLUMNS),
    ...unjudgedOf(checks),
    ...fixesOf(explanation),
    ...notes.flatMap((note) => ['', ...wrap(`Note: ${note}`, WIDTH)]),
    ...(caller ? ['', ...wrap(`Caller: ${describeCaller(caller)}`, WIDTH)] : []),
  ].join('\n');
}

/** Returns the inspection as JSON for a program. Names of fields are stable. */
export function inspectionAsJson({ explanation, ...circumstances }: Inspection): string {
  const { code } = explanation;
  const documented = code && { status: statusOf(code), documentation: documentationOf(code) };
  const inspection = { ...explanation, ...documented, ...groupRolesOf(explanation), ...circumstances };
  return JSON.stringify(inspection, (_name, value) => (value instanceof Set ? [...value] : value), 2);
}

function groupRolesOf({ caller }: AccessTokenExplanation) {
  const held = caller?.kind === 'delegated' && caller.groupRoles;
  return held ? { groupRoles: Object.fromEntries(held) } : {};
}

type Code = NonNullable<AccessTokenExplanation['code']>;

const NOTHING_WRONG_OFFLINE = 'Nothing is wrong with what can be seen offline. Key and signature were not looked at.';

function verdictOf({ explanation: { code, fix }, offline, proxy }: Inspection): string[] {
  if (code === undefined) return ['ACCEPTED'];
  const isJudgedByServer = code !== 'SIGNING_KEYS_UNAVAILABLE';
  if (!isJudgedByServer && offline) return ['NOT JUDGED', '', NOTHING_WRONG_OFFLINE];
  const verdict = isJudgedByServer ? 'REFUSED' : 'NOT JUDGED';
  const title = `${verdict}  ${code} (HTTP ${statusOf(code)}), ${documentationOf(code)}`;
  return [title, '', ...wrap(fix ?? '', WIDTH), ...(isJudgedByServer ? [] : [`Proxy in use: ${proxy}`])];
}

function statusOf(code: Code): number {
  return code === 'SIGNING_KEYS_UNAVAILABLE' ? 503 : describeFailure(code).status;
}

function documentationOf(code: Code): string {
  return `${DOCUMENTATION}${failureAnchor(code)}`;
}

function rowOf({ passed, check, expected, found }: ExplainedCheck): string[] {
  return [passed ? 'pass' : 'FAIL', check, expected, found];
}

function isJudged({ passed }: ExplainedCheck): boolean {
  return passed !== undefined;
}

function unjudgedOf(checks: readonly ExplainedCheck[]): string[] {
  const unjudged = checks.filter((check) => !isJudged(check)).map(({ check }) => check);
  return unjudged.length === 0 ? [] : ['', ...wrap(`Not looked at: ${unjudged.join(', ')}`, WIDTH)];
}

/** Returns advice on the other failed checks. The verdict has given the first, and one fault often fails several checks. */
function fixesOf({ checks, fix: said }: AccessTokenExplanation): string[] {
  const checksByFix = new Map<string, string[]>();
  for (const { check, code, fix } of checks) {
    if (fix === undefined || fix === said) continue;
    const text = `(${code}): ${fix}`;
    checksByFix.set(text, [...(checksByFix.get(text) ?? []), check]);
  }
  return [...checksByFix].flatMap(([text, of]) => ['', ...wrap(`${of.join(', ')} ${text}`, WIDTH)]);
}

const SUBJECTS = { itself: 'itself', user: 'a user', ownAccount: 'an account of its own' } as const;

function describeCaller(caller: Caller): string {
  const { agent } = caller;
  if (!agent) return describeRights(caller);
  const { identityId, blueprintId, actsFor } = agent;
  const madeFrom = blueprintId === undefined ? '' : `, made from the blueprint ${blueprintId}`;
  return `${describeRights(caller)}. It is the agent ${identityId}${madeFrom}, which acts for ${SUBJECTS[actsFor]}`;
}

function describeRights(caller: Caller): string {
  const { tenantId, objectId, clientId } = caller;
  if (caller.kind === 'app-only') {
    return `application ${clientId} (object ${objectId}) of tenant ${tenantId}, permissions: ${listed(caller.permissions)}`;
  }
  const { isGuest, scopes, authContexts } = caller;
  const held = `scopes: ${listed(scopes)}; roles: ${describeRoles(caller)}; authentication contexts: ${listed(authContexts)}`;
  return `${isGuest ? 'guest' : 'user'} ${objectId} of tenant ${tenantId} through application ${clientId}, ${held}`;
}

function listed(values: Iterable<string>): string {
  return [...values].join(' ') || 'none';
}
