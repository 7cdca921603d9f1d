import type { LookUpGroups } from '../authentication/groups/caller-decisions.js';
import { checkOptions, type OptionType, objectWith } from '../authentication/options/check-options.js';
import { nameOf } from './caller-turns.js';
import type { Downstream } from './downstream.js';
import { graphScope } from './graph-scope.js';
import { DownstreamRefusedError } from './token-errors.js';

/** Groups in one question (Microsoft Graph: checkMemberGroups). */
const GROUPS_PER_REQUEST = 20;

const PERMISSIONS = {
  user: 'the delegated permission User.Read',
  application: 'the application permissions User.Read.All and GroupMember.Read.All',
} as const;

/** Asks Microsoft Graph for groups. */
export interface GraphGroupOptions {
  readonly downstream: Pick<Downstream, 'of' | 'applicationToken' | 'transport'>;
  /** `user`: on behalf of the user, with `User.Read`. `application`: with this API's own permissions. */
  readonly as: 'user' | 'application';
}

const OPTION_TYPES: Readonly<Record<keyof GraphGroupOptions, OptionType>> = {
  downstream: objectWith('of', 'applicationToken', 'transport'),
  as: { expected: "'user' or 'application'", fits: (value) => value === 'user' || value === 'application' },
};

/**
 * Creates the lookup of groups at Microsoft Graph, in the cloud and tenant of the user. It asks for the configured groups
 * alone and never follows an address of a token. Members of nested groups count.
 *
 * @throws TypeError for an option that is missing, unknown or of another type
 */
export function createGraphGroupLookup(options: GraphGroupOptions): LookUpGroups {
  checkOptions(options, OPTION_TYPES, Object.keys(OPTION_TYPES));
  const { downstream, as } = options;
  return async ({ caller, groupIds, accessToken }) => {
    const ofCaller = downstream.of(caller, () => accessToken);
    const { graphUrl } = ofCaller;
    const scope = graphScope(graphUrl, '.default');
    const token =
      as === 'user'
        ? await ofCaller.accessToken({ scopes: [scope] })
        : await downstream.applicationToken(caller, scope);
    const whose = as === 'user' ? 'me' : `users/${caller.objectId}`;
    const check = async (ids: readonly string[]): Promise<readonly string[]> => {
      const { status, body } = await downstream.transport(`${graphUrl}/v1.0/${whose}/checkMemberGroups`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ groupIds: ids }),
        caller: nameOf(caller),
      });
      if (status === 200 && isTexts(body.value)) return body.value;
      const advice = status === 403 ? `. It needs ${PERMISSIONS[as]}, with the consent of an administrator` : '';
      throw new DownstreamRefusedError(`Microsoft Graph answered checkMemberGroups with ${status}${advice}`);
    };
    return (await Promise.all(chunksOf(groupIds).map(check))).flat();
  };
}

function chunksOf(ids: readonly string[]): readonly (readonly string[])[] {
  const count = Math.ceil(ids.length / GROUPS_PER_REQUEST);
  return Array.from({ length: count }, (_, nth) => ids.slice(nth * GROUPS_PER_REQUEST, (nth + 1) * GROUPS_PER_REQUEST));
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}
