import DataLoader from 'dataloader';
import { z } from 'zod';
import type { CallerDownstream } from '../downstream/downstream.js';
import { graphScope } from '../downstream/graph-scope.js';
import {
  DownstreamRefusedError,
  DownstreamUnavailableError,
  refusalOf,
  unavailable,
} from '../downstream/token-errors.js';
import type { EmployeeProfile } from '../generated/schema-types.js';

/** Requests in one batch (Microsoft Graph: JSON batching). */
const USERS_PER_BATCH = 20;

/** Permissions with which profiles are read (Microsoft Graph permissions reference). */
export const profileApis = [
  {
    name: 'Microsoft Graph',
    appId: '00000003-0000-0000-c000-000000000000',
    delegated: { 'User.Read.All': 'a154be20-db9c-4678-8ab7-66f6cc099a59' },
    application: { 'User.Read.All': 'df021288-bdef-4463-88db-98f22de89214' },
  },
];

/**
 * Loader of profiles by the id of the employee, which is the object id of the user in Entra. Null: Graph has no such user.
 */
export type ProfileLoader = DataLoader<string, EmployeeProfile | null>;

const profile = z.object({
  jobTitle: z.string().nullish().default(null),
  officeLocation: z.string().nullish().default(null),
});
const batch = z.object({
  responses: z.array(
    z.object({ id: z.string(), status: z.number(), body: z.unknown().optional(), headers: z.unknown().optional() }),
  ),
});
type Response = z.output<typeof batch>['responses'][number];

/**
 * Creates the loader of profiles for one request. It asks Microsoft Graph for the caller: as the user with `User.Read.All`,
 * or as this API for an application. Twenty employees take one request.
 *
 * @param given.downstream undefined where the server calls no other API
 * @param given.onWait called before Graph is asked
 */
export function createProfileLoader(given: {
  readonly downstream: CallerDownstream | undefined;
  onWait(): void;
}): ProfileLoader {
  const { downstream, onWait } = given;
  return new DataLoader(
    async (ids) => {
      if (!downstream) throw new Error('Employee.profile needs Microsoft Graph: set a credential (DOWNSTREAM_)');
      onWait();
      const { graphUrl } = downstream;
      const accessToken = await downstream.accessToken({
        scopes: [graphScope(graphUrl, 'User.Read.All')],
        applicationScope: graphScope(graphUrl, '.default'),
      });
      const { status, body, challenge } = await downstream.send(`${graphUrl}/v1.0/$batch`, {
        method: 'POST',
        headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({ requests: ids.map(toRequest) }),
      });
      const answer = batch.safeParse(body);
      if (status !== 200 || !answer.success) throw refusalOf({ status, challenge }) ?? refused('$batch', status);
      for (const { status: within } of answer.data.responses) {
        downstream.noteRefusal({ status: within, accessToken, permissions: ['User.Read.All'] });
      }
      const responses = new Map(answer.data.responses.map((response) => [response.id, response]));
      return ids.map((_id, nth) => toProfile(responses.get(String(nth))));
    },
    { maxBatchSize: USERS_PER_BATCH },
  );
}

function toRequest(id: string, nth: number) {
  return { id: String(nth), method: 'GET', url: `/users/${encodeURIComponent(id)}?$select=jobTitle,officeLocation` };
}

/** Returns the error of one employee instead of throwing it, so that the others have their profiles. */
function toProfile(response: Response | undefined): EmployeeProfile | null | Error {
  const { status = 0, body, headers } = response ?? {};
  if (status === 404) return null;
  if (status === 429 || status >= 500) {
    return unavailable(new DownstreamUnavailableError(`Microsoft Graph answered a user with ${status}`));
  }
  const parsed = profile.safeParse(body);
  return status === 200 && parsed.success
    ? parsed.data
    : (refusalOf({ status, challenge: challengeIn(headers) }) ?? refused('a user', status));
}

/** Returns the header `WWW-Authenticate` of one response in a batch. */
function challengeIn(headers: unknown): unknown {
  return Object.entries(Object(headers)).find(([name]) => name.toLowerCase() === 'www-authenticate')?.[1];
}

function refused(question: string, status: number): DownstreamRefusedError {
  return new DownstreamRefusedError(
    `Microsoft Graph answered ${question} with ${status}. Check the permissions of this API's app registration.`,
  );
}
