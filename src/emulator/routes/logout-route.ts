import type { FastifyInstance } from 'fastify';
import { html } from '../../pages/html.js';
import type { EmulatorState } from '../emulator-state.js';
import { sendPage } from '../pages/page.js';
import { isRegisteredRedirectUri } from '../requests/redirect-uri.js';
import { authorityOf } from './request-authority.js';
import { requestParameters } from './request-parameters.js';
import { endSession } from './session-cookie.js';

/** Ends the browser's session. Leads back to the client if the address is registered (RP-Initiated Logout 1.0 s.3). */
export function addLogoutRoute(server: FastifyInstance, state: EmulatorState): void {
  for (const url of ['/:tenant/oauth2/v2.0/logout', '/:tenant/oauth2/logout']) {
    server.route<{ Params: { tenant: string } }>({
      method: ['GET', 'POST'],
      url,
      handler: async (request, reply) => {
        authorityOf(state, request);
        endSession(state, { request, reply });
        const parameters = requestParameters(request);
        const address = parameters.post_logout_redirect_uri;
        const isKnown = state.directory.clients.some((client) => address && isRegisteredRedirectUri(client, address));
        if (address === undefined || !isKnown) {
          return sendPage(reply, { title: 'Signed out', body: html`<p>You can close this page.</p>` });
        }
        const target = new URL(address);
        if (parameters.state !== undefined) target.searchParams.set('state', parameters.state);
        return reply.redirect(target.href, 303);
      },
    });
  }
}
