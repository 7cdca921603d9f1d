import type { FastifyRequest } from 'fastify';
import { AccessTokenError } from '../../authentication/access-token-error.js';
import type { Authentication } from '../../authentication/authentication.js';
import type { FailureLimit } from '../../http/failure-limit.js';
import { logUsedUpFailures } from '../refusals/refused-token-log.js';

type Credentials = Parameters<Authentication['authenticate']>[0];

/** The limit of refused tokens as WebSockets keep it: the one of requests over HTTP, so that neither is a way around. */
export interface SocketFailures {
  /** Seconds for which these credentials are not judged when they come from this client; 0: they are. */
  secondsToWait(client: FastifyRequest, credentials: Credentials): Promise<number>;
  /** Notes with what credentials of this client were refused. */
  count(client: FastifyRequest, error: unknown): Promise<void>;
}

/** Tokens that `authentication` knows to be good always pass. */
export function createSocketFailures(
  failureLimit: FailureLimit,
  authentication: Pick<Authentication, 'recognise'>,
): SocketFailures {
  return {
    async secondsToWait(client, credentials) {
      const secondsToWait = await failureLimit.secondsToWait(client);
      return secondsToWait > 0 && typeof authentication.recognise(credentials) === 'function' ? secondsToWait : 0;
    },
    async count(client, error) {
      if (error instanceof AccessTokenError) logUsedUpFailures(client.log, await failureLimit.count(client), error);
    },
  };
}
