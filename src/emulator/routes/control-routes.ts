import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { EmulatorError } from '../emulator-error.js';
import type { EmulatorState } from '../emulator-state.js';
import { EntraError } from '../entra-error.js';
import { type Fault, MAX_DELAY_MS } from '../fault.js';
import { addControlErrors } from '../hooks/error-answers.js';
import type { FaultSwitch } from '../hooks/faults.js';
import { isOwnOrigin } from '../hooks/request-guard.js';
import { issuePersonaToken } from '../tokens/persona-token.js';
import { instanceOf } from './request-authority.js';

const tokenBody = z.strictObject({
  persona: z.string(),
  version: z.union([z.literal(1), z.literal(2)]).exactOptional(),
  authContext: z.string().exactOptional(),
  audience: z.string().exactOptional(),
  expiresInSeconds: z.int().exactOptional(),
  clientId: z.string().exactOptional(),
  claims: z.record(z.string(), z.unknown()).exactOptional(),
  header: z.record(z.string(), z.unknown()).exactOptional(),
});

const consentBody = z.strictObject({ clientId: z.string(), consents: z.array(z.string()) });

const rotationBody = z.strictObject({ keepOld: z.boolean().default(true) }).default({ keepOld: true });

const faultTarget = { at: z.enum(['metadata', 'keys', 'token', 'graph']), times: z.int().positive().exactOptional() };
const faultBody: z.ZodType<Fault> = z.discriminatedUnion('kind', [
  z.strictObject({
    ...faultTarget,
    kind: z.literal('answer'),
    status: z.int().min(200).max(599).exactOptional(),
    contentType: z.string().exactOptional(),
    body: z.string().exactOptional(),
    headers: z.record(z.string(), z.string()).exactOptional(),
  }),
  z.strictObject({ ...faultTarget, kind: z.literal('delay'), delayMs: z.int().min(0).max(MAX_DELAY_MS) }),
  z.strictObject({ ...faultTarget, kind: z.literal('disconnect') }),
]);

/**
 * Adds the controls that Entra does not have. They give tokens without a sign-in, key rotation and faults on demand.
 *
 * A browser sends the custom header only to its own origin or after a preflight. The preflight is not granted here, so only
 * the emulator's own pages can call these.
 */
export function addControlRoutes(server: FastifyInstance, state: EmulatorState, faults: FaultSwitch): void {
  addControlErrors(server, state);
  acceptEmptyJson(server);
  server.addHook('onRequest', async (request) => {
    if (!request.headers['x-emulator']) throw new EmulatorError('BAD_REQUEST', 'The header X-Emulator is missing.');
    if (request.headers.origin !== undefined && !isOwnOrigin(state, request)) throw new EntraError('foreignOrigin');
  });

  server.post('/emulator/tokens', async (request) => {
    const { persona, ...options } = parseBody(tokenBody, request.body);
    const accessToken = await issuePersonaToken(
      state,
      { personaName: persona, instance: instanceOf(state, request) },
      options,
    );
    return {
      token_type: 'Bearer',
      expires_in: options.expiresInSeconds ?? state.accessTokenLifetimeSeconds,
      access_token: accessToken,
    };
  });

  server.get('/emulator/personas', async () => ({
    personas: state.directory.personas.map(({ name, displayName, about, kind, ...held }) => ({
      ...{ name, displayName, about, kind },
      holds: [...held.scopes, ...held.roles, ...held.permissions, ...held.authContexts],
    })),
  }));

  server.post('/emulator/keys/rotate', async (request) => {
    await state.keys.rotate(parseBody(rotationBody, request.body).keepOld);
    return { kid: (await state.keys.current()).kid };
  });

  server.put('/emulator/consents', async (request, reply) => {
    const { clientId, consents } = parseBody(consentBody, request.body);
    state.consents.set(clientId.toLowerCase(), consents);
    return reply.status(204).send();
  });

  server.post('/emulator/faults', async (request, reply) => {
    faults.set(parseBody(faultBody, request.body));
    return reply.status(204).send();
  });

  server.delete('/emulator/faults', async (_request, reply) => {
    faults.set(undefined);
    return reply.status(204).send();
  });
}

/** A client that sends the content type with each request has no body to say where there is nothing to say. */
function acceptEmptyJson(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else void parse(request, body, done);
  });
}

function parseBody<Body>(schema: z.ZodType<Body>, body: unknown): Body {
  const parsed = schema.safeParse(body ?? undefined);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((issue) => [...issue.path.map(String), issue.code].join(' ')).join(', ');
  throw new EmulatorError('BAD_REQUEST', `The body is not what is expected here: ${where}.`);
}
