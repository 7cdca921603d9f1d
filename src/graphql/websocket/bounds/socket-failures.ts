import type { FastifyRequest } from 'fastify';
import type { TokenSource } from '../../../authentication/authentication.js';
import { clientAddress } from '../../../http/client-address.js';
import type { FailureAnswer, FailureLimit } from '../../../http/failure-limit.js';
import type { ContextFunction } from '../../context.js';
import { logUsedUpFailures } from '../../refusals/refused-token-log.js';

/** The limit of refused tokens for WebSockets. It is that of requests over HTTP, so that neither evades the other. */
export interface SocketFailures {
  /**
   * Returns the answer to a handshake whose token is bad or may not be verified, when too many tokens of its address were
   * refused. Before that, a bad token is refused by the protocol.
   */
  refuseHandshake(request: FastifyRequest): Promise<FailureAnswer | undefined>;
  begin(request: FastifyRequest): TokenSource;
  /** Notes that the token of a connection was refused, and returns how to close it. */
  refuse(request: FastifyRequest, error: unknown): FailureAnswer;
}

export function createSocketFailures(
  failureLimit: FailureLimit,
  authenticate: ContextFunction<unknown>['authenticate'],
): SocketFailures {
  const begin = (request: FastifyRequest) => failureLimit.begin(clientAddress(request));
  const refuse = (request: FastifyRequest, error: unknown) => {
    const answer = failureLimit.refuse(clientAddress(request), error);
    logUsedUpFailures(request.log, answer, error);
    return answer;
  };
  return {
    begin,
    refuse,
    async refuseHandshake(request) {
      if (!failureLimit.isOver(clientAddress(request))) return undefined;
      try {
        await authenticate(request.raw, () => begin(request));
        return undefined;
      } catch (error) {
        const answer = refuse(request, error);
        return answer.secondsToWait > 0 ? answer : undefined;
      }
    },
  };
}
