import type { IncomingMessage } from 'node:http';
import type { Authentication, VerifiedAccessToken } from '../authentication/authentication.js';

/** Who sent this request: undefined when it carries no access token. Rejects like `Authentication.authenticate`. */
export type RequestCaller = (request: IncomingMessage) => Promise<VerifiedAccessToken | undefined>;

/**
 * Remembers the answer for each request, so that the check made before the body is read and the context function,
 * which both ask, verify a token once and can never disagree.
 */
export function rememberCaller(authentication: Pick<Authentication, 'authenticate'>): RequestCaller {
  const answers = new WeakMap<IncomingMessage, Promise<VerifiedAccessToken | undefined>>();
  return (request) => {
    const known = answers.get(request);
    if (known) return known;
    const answer = authentication.authenticate(request);
    answers.set(request, answer);
    return answer;
  };
}
