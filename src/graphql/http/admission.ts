import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ReadyResponse } from '../../http/answers/security-headers.js';
import { clientAddress } from '../../http/client-address.js';
import type { FailureLimit } from '../../http/failure-limit.js';
import type { Authenticated, ContextFunction } from '../context.js';
import type { LoadShedding } from '../rates/load-shedding.js';
import type { Refusals, RequestRefusal } from '../refusals/refusal.js';
import { type LogRefusedToken, logUsedUpFailures } from '../refusals/refused-token-log.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before the body is read. */
    authenticated: Authenticated | undefined;
  }
}

export interface AdmissionOptions {
  readonly failureLimit: FailureLimit;
  readonly refusals: Refusals;
  readonly shedding: LoadShedding;
  readonly logRefusedToken: LogRefusedToken;
  sendPrebuilt(reply: FastifyReply, response: ReadyResponse): void;
}

type Hook = (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => void;

/**
 * Creates the hook that verifies the access token of a request before its body is read. It refuses a bad token, an address
 * with too many bad ones, and any request while the server is too busy.
 */
export function createAdmission(
  authenticate: ContextFunction<unknown>['authenticate'],
  { failureLimit, refusals, shedding, logRefusedToken, sendPrebuilt }: AdmissionOptions,
): Hook {
  return (request, reply, done) => {
    const admit = (authenticated: Authenticated) => {
      request.authenticated = authenticated;
      const overload = shedding.refuse(authenticated.token !== undefined, undefined);
      return overload && refusals.ofOverload(overload);
    };
    const go = (refusal: RequestRefusal | undefined) => (refusal ? sendPrebuilt(reply, refusal) : done());
    const authenticated = authenticate(request.raw, () => failureLimit.begin(clientAddress(request)));
    if (authenticated instanceof Promise) {
      authenticated.then(admit, (error: unknown) => refuse(request, error)).then(go, done);
    } else go(admit(authenticated));
  };

  function refuse(request: FastifyRequest, error: unknown): RequestRefusal {
    const answer = failureLimit.refuse(clientAddress(request), error);
    if (answer.secondsToWait > 0) return refusals.ofFailures(answer);
    logRefusedToken(request, error);
    logUsedUpFailures(request.log, answer, error);
    return refusals.ofRequest(error);
  }
}
