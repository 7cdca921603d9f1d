import cors, { type FastifyCorsOptions } from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import type { EmulatorState } from '../emulator-state.js';
import { faultAreaOf } from '../fault.js';
import { isRedirectOrigin } from '../requests/redirect-uri.js';
import { pathOf } from './request-log.js';

const NONE: FastifyCorsOptions = { origin: false };

/**
 * Adds the headers that say which pages may read the answers, as Entra does. Every page may read metadata and keys. Pages
 * of the registered origins of single-page applications may read tokens. No page may read anything else.
 */
export async function addCrossOriginHeaders(server: FastifyInstance, { directory }: EmulatorState): Promise<void> {
  const applications = directory.clients.filter(({ kind }) => kind === 'public');
  const forTokens: FastifyCorsOptions = {
    origin: (origin, done) => done(null, origin !== undefined && isRedirectOrigin(applications, origin)),
    methods: ['POST'],
    allowedHeaders: ['content-type', 'client-request-id', 'x-anchormailbox'],
  };
  await server.register(cors, {
    delegator: (request, done) => {
      const area = faultAreaOf(pathOf(request.url ?? ''));
      if (area === 'token') return done(null, forTokens);
      done(null, area === undefined ? NONE : { origin: '*', methods: ['GET'] });
    },
  });
}
