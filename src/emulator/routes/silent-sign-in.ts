import { belongsTo, type Directory, isHintOf } from '../directory.js';
import type { Session } from '../grants/sign-in.js';
import type { AuthorizeRequest } from '../requests/authorize-request.js';

/**
 * Returns the reason why single sign-on is not enough for a request. It is the error for a client that allowed no page
 * (`prompt=none`). Returns undefined if the session is enough.
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
