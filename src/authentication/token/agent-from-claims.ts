import type { AgentIdentity, Caller } from '../caller.js';
import { parseGuid } from '../guid.js';
import type { JsonObject } from '../json-object.js';
import { AccessTokenError } from '../refusals/access-token-error.js';
import { optionalClaim } from './optional-claims.js';

/** Facet of an agent identity (Microsoft Entra Agent ID: claims xms_act_fct, xms_sub_fct). */
const AGENT_IDENTITY = '11';
/** Facet of a user account that an agent has for itself (claim xms_sub_fct). */
const AGENT_ACCOUNT = '13';

/**
 * Returns the agent that calls. Undefined if neither the client nor the subject of the token is one.
 *
 * Microsoft documents the facets as numbers in a text, separated by spaces. A list, a number and any other form count as
 * well, because an agent that is not recognised would pass every rule against agents. For the same reason it suffices that
 * the subject is an agent, although every documented token of an agent also has the facet in `xms_act_fct`.
 *
 * @throws AccessTokenError ACTOR_UNCLEAR for a blueprint that is not a GUID. An agent whose blueprint is not known would
 *   escape the revocation of all agents of a blueprint
 */
export function agentFromClaims(
  claims: JsonObject,
  { kind, clientId }: Pick<Caller, 'kind' | 'clientId'>,
): AgentIdentity | undefined {
  const subject = facetsIn(claims.xms_sub_fct);
  const isOwnAccount = subject.has(AGENT_ACCOUNT);
  const isAgent = facetsIn(claims.xms_act_fct).has(AGENT_IDENTITY) || subject.has(AGENT_IDENTITY) || isOwnAccount;
  if (!isAgent) return undefined;
  const blueprint = optionalClaim(claims, 'xms_par_app_azp');
  const blueprintId = parseGuid(blueprint);
  if (blueprint !== undefined && blueprintId === undefined) {
    throw new AccessTokenError('ACTOR_UNCLEAR', { claim: 'xms_par_app_azp' });
  }
  return Object.freeze({
    identityId: clientId,
    blueprintId,
    actsFor: kind === 'app-only' ? 'itself' : isOwnAccount ? 'ownAccount' : 'user',
  });
}

/** Returns the numbers in a claim. Unknown ones mean nothing here. */
function facetsIn(claim: unknown): ReadonlySet<string> {
  return new Set(JSON.stringify(claim ?? '').split(/\D/));
}
