import type { FastifyInstance } from 'fastify';
import { PAGE_STYLES } from '../../pages/page-styles.js';
import { personaNamed } from '../directory.js';
import type { EmulatorState } from '../emulator-state.js';
import { EntraError } from '../entra-error.js';
import { homePage, SESSION_PATH } from '../pages/home-page.js';
import { HOME_PAGE_SCRIPT } from '../pages/home-page-script.js';
import { HOME_PAGE_SCRIPT_PATH, STYLESHEET_PATH, SUBMIT_SCRIPT_PATH, sendPage } from '../pages/page.js';
import { SUBMIT_SCRIPT } from '../pages/submit-script.js';
import { instanceOf } from './request-authority.js';
import { requestParameters } from './request-parameters.js';
import { endSession, readSession, startSession } from './session-cookie.js';

/** Adds the home page with everything it loads. Also adds the session that its buttons start and end. */
export function addHomeRoutes(server: FastifyInstance, state: EmulatorState): void {
  const { directory, exampleCall, hasHttps } = state;
  server.get('/', async (request, reply) => {
    const signedIn = readSession(state, request)?.persona;
    const instance = instanceOf(state, request);
    return sendPage(reply, homePage({ directory, exampleCall, hasHttps, signedIn, instance }));
  });
  server.post(SESSION_PATH, async (request, reply) => {
    const { persona: name, end } = requestParameters(request);
    if (end !== undefined) endSession(state, { request, reply });
    else {
      const persona = personaNamed(directory, name);
      if (persona?.kind !== 'delegated') throw new EntraError('malformedRequest', 'No such person can sign in.');
      startSession(
        state,
        { request, reply },
        { persona, authContexts: [], signedInSeconds: Math.floor(state.now() / 1000) },
      );
    }
    return reply.redirect('/#personas', 303);
  });
  // Browsers ask for it by themselves, and a 404 is an error in their console.
  server.get('/favicon.ico', async (_request, reply) => reply.status(204).send());
  const assets = [
    [STYLESHEET_PATH, 'text/css', PAGE_STYLES],
    [SUBMIT_SCRIPT_PATH, 'text/javascript', SUBMIT_SCRIPT],
    [HOME_PAGE_SCRIPT_PATH, 'text/javascript', HOME_PAGE_SCRIPT],
  ] as const;
  for (const [path, type, text] of assets) {
    server.get(path, async (_request, reply) => reply.type(`${type}; charset=utf-8`).send(text));
  }
}
