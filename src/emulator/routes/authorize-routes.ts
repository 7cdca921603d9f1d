import type { FastifyInstance, FastifyReply } from 'fastify';
import { type Authority, isHintOf, usersOf } from '../directory.js';
import type { EmulatorState } from '../emulator-state.js';
import { EntraError } from '../entra-error.js';
import { issueCode } from '../grants/authorization-code.js';
import { clientInfo } from '../grants/client-info.js';
import { completeSignIn } from '../grants/complete-sign-in.js';
import type { SignIn } from '../grants/sign-in.js';
import { createOpaqueId } from '../opaque-id.js';
import { sendPage } from '../pages/page.js';
import { signInPage } from '../pages/sign-in-page.js';
import { type AuthorizeRequest, parseAuthorizeRequest, parseRedirectTarget } from '../requests/authorize-request.js';
import { answerClient, answerClientErrors } from './answer-client.js';
import type { Exchange } from './exchange.js';
import { authorityOf } from './request-authority.js';
import { requestParameters } from './request-parameters.js';
import { readSession, startSession } from './session-cookie.js';
import { obstacleToSilentSignIn } from './silent-sign-in.js';

const SIGN_IN_PATH = '/signin';

/** Adds the authorize endpoint of both versions and the target of the persona page's form. */
export function addAuthorizeRoutes(server: FastifyInstance, state: EmulatorState): void {
  for (const url of ['/:tenant/oauth2/v2.0/authorize', '/:tenant/oauth2/authorize']) {
    server.route<{ Params: { tenant: string } }>({
      method: ['GET', 'POST'],
      url,
      handler: async (request, reply) => authorize(state, authorityOf(state, request), { request, reply }),
    });
  }
  server.post(SIGN_IN_PATH, async (request, reply) => finishSignIn(state, { request, reply }));
}

function authorize(state: EmulatorState, authority: Authority, { request, reply }: Exchange): FastifyReply {
  const { directory } = state;
  const parameters = requestParameters(request);
  const target = parseRedirectTarget(directory, parameters);
  return answerClientErrors(reply, target, () => {
    const asked = parseAuthorizeRequest(directory, { authority, target }, parameters);
    const session = readSession(state, request);
    const obstacle = obstacleToSilentSignIn(directory, asked, session);
    if (obstacle === undefined)
      return answerWithCode(
        state,
        { asked, reply },
        completeSignIn(state, asked, session?.persona.name, session?.signedInSeconds),
      );
    if (asked.prompt === 'none') throw new EntraError(obstacle);
    return showPersonas(state, asked, reply);
  });
}

function showPersonas(state: EmulatorState, asked: AuthorizeRequest, reply: FastifyReply): FastifyReply {
  const requestId = createOpaqueId();
  state.pendingSignIns.set(requestId, asked);
  const personas = usersOf(state.directory, asked.authority);
  const { loginHint, target } = asked;
  return sendPage(
    reply,
    signInPage({
      clientName: target.client.name,
      personas,
      scopes: asked.scope.names,
      authContexts: asked.claims.authContexts,
      suggested: personas.find((persona) => loginHint && isHintOf(state.directory, loginHint, persona))?.name,
      action: SIGN_IN_PATH,
      requestId,
      formTarget: target.redirectUri,
    }),
  );
}

/**
 * Finishes a sign-in. The form's request id is good once and no other page can know it. It therefore doubles as the form's
 * CSRF token.
 */
function finishSignIn(state: EmulatorState, { request, reply }: Exchange): FastifyReply {
  const form = requestParameters(request);
  const requestId = form.request ?? '';
  const asked = state.pendingSignIns.get(requestId);
  state.pendingSignIns.delete(requestId);
  if (!asked) throw new EntraError('malformedRequest', 'This sign-in page has expired. Go back to the application.');
  return answerClientErrors(reply, asked.target, () => {
    if (form.cancel !== undefined) throw new EntraError('declined');
    const signIn = completeSignIn(state, asked, form.persona);
    const { persona, authContexts, signedInSeconds } = signIn;
    startSession(state, { request, reply }, { persona, authContexts, signedInSeconds });
    return answerWithCode(state, { asked, reply }, signIn);
  });
}

function answerWithCode(
  state: EmulatorState,
  { asked, reply }: { readonly asked: AuthorizeRequest; readonly reply: FastifyReply },
  signIn: SignIn,
): FastifyReply {
  const { redirectUri } = asked.target;
  const code = issueCode(state, { signIn, redirectUri, codeChallenge: asked.codeChallenge });
  const answer = asked.wantsClientInfo ? { code, client_info: clientInfo(signIn.persona) } : { code };
  return answerClient(reply, asked.target, answer);
}
