import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Authentication } from '../../authentication/authentication.js';
import type { Caller } from '../../authentication/caller.js';
import type { AccessTokenExplanation } from '../../authentication/explanation/explain-access-token.js';
import { AccessTokenError, SigningKeysUnavailableError } from '../../authentication/refusals/access-token-error.js';
import { bearerChallenge } from '../../authentication/refusals/challenge.js';
import { credentialsOfNode } from '../../authentication/request/request-credentials.js';
import type { Limits } from '../../config/limits.js';
import { badRequest } from '../../http/answers/request-errors.js';
import { clientAddress } from '../../http/client-address.js';
import type { FailureAnswer, FailureLimit } from '../../http/failure-limit.js';

/** Judges the access token of a request, as the API does. Nothing of the token is kept. */
export interface CallerJudge {
  /** Returns the caller, or undefined when the request has been answered. */
  judge(request: FastifyRequest, reply: FastifyReply): Promise<Caller | undefined>;
}

/**
 * Creates the judge of the permissions page. Refused tokens count like those of operations. After a number of them in a
 * minute, an address gets 429.
 *
 * @param explains whether the answer to a refused token says which checks it fails, as in development. That costs more
 *   than verifying it, and tells an attacker more than 401 does.
 */
export function createCallerJudge(parts: {
  readonly authentication: Pick<Authentication, 'lookup' | 'explain'>;
  readonly failureLimit: FailureLimit;
  readonly explains: boolean;
  readonly limits: Pick<Limits, 'refusalBytesPerByte'>;
}): CallerJudge {
  const { authentication, failureLimit, explains, limits } = parts;

  async function explain(request: FastifyRequest): Promise<AccessTokenExplanation | undefined> {
    const accessToken = /^bearer ([^ ]+)$/i.exec(request.headers.authorization ?? '')?.[1];
    return explains && accessToken ? await authentication.explain(accessToken) : undefined;
  }

  async function refuse(request: FastifyRequest, reply: FastifyReply, error: unknown): Promise<void> {
    // To explain a token costs the same whether it has expired or is forged.
    const answer = failureLimit.refuse(clientAddress(request), error, explains);
    if (answer.secondsToWait > 0) return refuseAddress(reply, answer);
    if (error instanceof SigningKeysUnavailableError) {
      reply.header('retry-after', String(error.retryAfterSeconds));
      await reply
        .code(503)
        .send(failure('The access token cannot be verified now. Try again later.', 'SERVICE_UNAVAILABLE'));
      return;
    }
    if (!(error instanceof AccessTokenError)) throw error;
    const explanation = await explain(request);
    const { status, challengeError, wireMessage } = error;
    const challenge = challengeError ? { error: challengeError, errorDescription: wireMessage } : {};
    reply.header('www-authenticate', bearerChallenge(challenge));
    const refusal = failure(wireMessage, 'UNAUTHENTICATED');
    const room = limits.refusalBytesPerByte * request.raw.rawHeaders.join('').length;
    const told = explanation && fitExplanation({ ...refusal, code: error.code }, explanation, room);
    await reply.code(status).send(told ?? refusal);
  }

  return {
    async judge(request, reply) {
      try {
        const { known, verify } = authentication.lookup(credentialsOfNode(request.raw));
        const token = verify ? await verify(failureLimit.begin(clientAddress(request))) : known;
        if (token) return token.caller;
        reply.header('www-authenticate', bearerChallenge({}));
        await reply.code(401).send(failure('Send an access token.', 'UNAUTHENTICATED'));
      } catch (error) {
        await refuse(request, reply, error);
      }
      return undefined;
    },
  };
}

/** Returns a refusal in the form of every error outside GraphQL. */
export function failure(message: string, code: string) {
  const [error] = badRequest(message).errors;
  return { errors: [{ ...error, extensions: { code } }] };
}

function refuseAddress(reply: FastifyReply, { secondsToWait, error }: FailureAnswer): void {
  const message = error?.message ?? 'Too many access tokens from this address were refused. Try again later.';
  void reply.code(429).header('retry-after', String(secondsToWait)).send(failure(message, 'RATE_LIMITED'));
}

/**
 * Returns a refusal with as many checks as fit, and the number of checks that are left out. A made-up token of a few bytes
 * fails a dozen checks. Claims in it are those of the token that was sent, and the token itself is not among them.
 */
function fitExplanation(refusal: object, { fix, checks, notes }: AccessTokenExplanation, room: number): object {
  for (let shown = checks.length; shown > 0; shown -= 1) {
    const left = checks.length - shown;
    const explanation = { fix, checks: checks.slice(0, shown), notes, ...(left > 0 && { checksLeftOut: left }) };
    const body = { ...refusal, explanation };
    if (Buffer.byteLength(JSON.stringify(body)) <= room) return body;
  }
  return refusal;
}
