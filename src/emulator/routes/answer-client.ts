import type { FastifyReply } from 'fastify';
import { html } from '../../pages/html.js';
import { EntraError } from '../entra-error.js';
import { SUBMIT_SCRIPT_PATH, sendPage } from '../pages/page.js';
import type { RedirectTarget } from '../requests/authorize-request.js';

/** Sends the answer of an authorization request to the client's redirect URI in the requested mode. */
export function answerClient(
  reply: FastifyReply,
  target: RedirectTarget,
  answer: Readonly<Record<string, string>>,
): FastifyReply {
  const parameters = { ...answer, ...(target.state !== undefined && { state: target.state }) };
  if (target.responseMode === 'form_post') return sendFormPost(reply, target.redirectUri, parameters);
  const address = new URL(target.redirectUri);
  if (target.responseMode === 'fragment') address.hash = new URLSearchParams(parameters).toString();
  else for (const [name, value] of Object.entries(parameters)) address.searchParams.append(name, value);
  return reply.redirect(address.href, 303);
}

/** Runs a step of a sign-in. A refusal is reported to the client at its redirect URI. */
export function answerClientErrors(
  reply: FastifyReply,
  target: RedirectTarget,
  step: () => FastifyReply,
): FastifyReply {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof EntraError)) throw error;
    return answerClient(reply, target, {
      error: error.code,
      error_description: error.message,
      ...(error.subError !== undefined && { suberror: error.subError }),
    });
  }
}

function sendFormPost(reply: FastifyReply, redirectUri: string, parameters: Readonly<Record<string, string>>) {
  const inputs = Object.entries(parameters).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">\n`,
  );
  return sendPage(reply, {
    title: 'Back to the application',
    formTarget: redirectUri,
    script: SUBMIT_SCRIPT_PATH,
    body: html`<form method="post" action="${redirectUri}">
${inputs}<button>Continue</button>
</form>`,
  });
}
