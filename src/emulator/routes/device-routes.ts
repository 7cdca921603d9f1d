import type { FastifyInstance, FastifyReply } from 'fastify';
import { findClient, usersOf } from '../directory.js';
import type { EmulatorState } from '../emulator-state.js';
import { EntraError } from '../entra-error.js';
import { completeSignIn } from '../grants/complete-sign-in.js';
import { startDeviceRequest } from '../grants/device-code.js';
import { deviceCodePage, deviceDonePage } from '../pages/device-page.js';
import { sendPage } from '../pages/page.js';
import { signInPage } from '../pages/sign-in-page.js';
import type { Parameters } from '../requests/parameters.js';
import { authorityOf } from './request-authority.js';
import { requestParameters } from './request-parameters.js';

const CODE_PATH = '/devicelogin';
const SIGN_IN_PATH = '/devicelogin/signin';

/** Adds the device authorization endpoint. */
export function addDeviceCodeRoute(server: FastifyInstance, state: EmulatorState): void {
  server.post<{ Params: { tenant: string } }>('/:tenant/oauth2/v2.0/devicecode', async (request) => {
    const authority = authorityOf(state, request);
    const parameters = requestParameters(request);
    const client = findClient(state.directory, parameters.client_id);
    return startDeviceRequest(state, { authority, client, parameters });
  });
}

/** Adds the pages on which a user enters the code and signs in. */
export function addDevicePages(server: FastifyInstance, state: EmulatorState): void {
  server.get(CODE_PATH, async (request, reply) =>
    sendPage(reply, deviceCodePage(CODE_PATH, requestParameters(request).otc ?? '')),
  );
  server.post(CODE_PATH, async (request, reply) => showPersonas(state, requestParameters(request), reply));
  server.post(SIGN_IN_PATH, async (request, reply) => decide(state, requestParameters(request), reply));
}

function showPersonas(state: EmulatorState, form: Parameters, reply: FastifyReply): FastifyReply {
  const device = pendingDevice(state, form.user_code);
  return sendPage(
    reply,
    signInPage({
      clientName: findClient(state.directory, device.clientId).name,
      personas: usersOf(state.directory, device.authority),
      scopes: device.scope.names,
      authContexts: device.claims.authContexts,
      suggested: undefined,
      action: SIGN_IN_PATH,
      requestId: device.userCode,
    }),
  );
}

function decide(state: EmulatorState, form: Parameters, reply: FastifyReply): FastifyReply {
  const device = pendingDevice(state, form.request);
  device.decision = form.cancel === undefined ? completeSignIn(state, device, form.persona) : 'declined';
  state.userCodes.delete(device.userCode);
  return sendPage(reply, deviceDonePage(device.decision !== 'declined'));
}

/** Finds the device of a code. People type codes in lower case, and with spaces or hyphens (RFC 8628 s.6.1). */
function pendingDevice(state: EmulatorState, typedCode: string | undefined) {
  const device = state.userCodes.get((typedCode ?? '').toUpperCase().replace(/[^A-Z]/g, ''));
  if (!device) throw new EntraError('deviceCodeExpired');
  return device;
}
