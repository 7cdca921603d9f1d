import { belongsTo, type Directory, isHintOf } from '../directory.js';
import type { Session } from '../grants/sign-in.js';
import type { AuthorizeRequest } from '../requests/authorize-request.js';

/**
 * Why single sign-on does not do for a request, as the error a client gets that allowed no page (`prompt=none`).
 * Undefined: the session does.
 */
export function obstacleToSilentSignIn(
  directory: Directory,
  asked: AuthorizeRequest,
  session: Session | undefined,
): 'loginRequired' | 'stepUpRequired' | undefined {
  if (asked.prompt !== undefined && asked.prompt !== 'none') return 'loginRequired';
  if (!session || !belongsTo(session.persona, asked.authority)) return 'loginRequired';
  if (asked.loginHint !== undefined && !isHintOf(directory, asked.loginHint, session.persona)) return 'loginRequired';
  const isSteppedUp = asked.claims.authContexts.every((context) => session.authContexts.includes(context));
  return isSteppedUp ? undefined : 'stepUpRequired';
}
