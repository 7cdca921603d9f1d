import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Authentication, TokenSource, VerifiedAccessToken } from '../../authentication/authentication.js';
import type { Caller } from '../../authentication/caller.js';
import { credentialsOfNode } from '../../authentication/request/request-credentials.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by `rememberCallers` alone; `none`: without an access token. */
    verifiedToken: VerifiedAccessToken | 'none' | undefined;
  }
}

/** Who sends requests, found out once for each, so that all who ask get the same answer. */
export interface RequestCallers {
  /**
   * Returns undefined if the caller is already known. Otherwise returns a function that verifies the token and rejects like that
   * of `Authentication.lookup`.
   */
  lookup(request: FastifyRequest): ((from: TokenSource) => Promise<void>) | undefined;
  /**
   * Who sent this request, of which `lookup` has found out; undefined when it carries no access token.
   *
   * @throws TypeError when that was never asked, so that a mistake in the order of things lets nobody in
   */
  of(request: FastifyRequest): Caller | undefined;
}

/** Keeps the answers in the requests themselves: a table beside them would make each request live longer. */
export function rememberCallers(
  fastify: FastifyInstance,
  authentication: Pick<Authentication, 'lookup'>,
): RequestCallers {
  fastify.decorateRequest('verifiedToken', undefined);
  return {
    lookup(request) {
      const { known, verify } = authentication.lookup(credentialsOfNode(request.raw));
      if (!verify) {
        request.verifiedToken = known ?? 'none';
        return undefined;
      }
      return async (from) => {
        request.verifiedToken = await verify(from);
      };
    },
    of({ verifiedToken }) {
      if (verifiedToken === undefined) throw new TypeError('RequestCallers.of() was called before lookup()');
      return verifiedToken === 'none' ? undefined : verifiedToken.caller;
    },
  };
}
