import type { FastifyInstance } from 'fastify';
import { errorTypeFor } from './answers/accepted-type.js';

/**
 * Headers that browsers may send. They belong to GraphQL clients, client awareness and traces. The last two are those of the
 * page script of Application Insights.
 */
const REQUEST_HEADERS = [
  'authorization',
  'content-type',
  'apollo-require-preflight',
  'x-apollo-operation-name',
  'apollographql-client-name',
  'apollographql-client-version',
  'traceparent',
  'tracestate',
  'baggage',
  'x-request-id',
  'request-id',
  'request-context',
];
/** Headers of an answer that scripts of a page may read. */
const RESPONSE_HEADERS = ['www-authenticate', 'retry-after', 'ratelimit', 'ratelimit-policy', 'x-request-id'];

const PREFLIGHT_SECONDS = 600;

export interface CorsOptions {
  /** Undefined: pages of no other origin may call. */
  readonly isAllowed: ((origin: string) => boolean) | undefined;
  /** `CORS_HEADERS`: request headers beside those of every GraphQL client. */
  readonly headers: readonly string[];
}

/** Returns the headers that let a page of an allowed origin read an answer. Without a known origin there are none. */
export type OriginHeaders = (origin: string | undefined) => Readonly<Record<string, string>>;

export function createOriginHeaders(isAllowed: CorsOptions['isAllowed']): OriginHeaders {
  return (origin) =>
    isAllowed && origin !== undefined && isAllowed(origin)
      ? {
          'access-control-allow-origin': origin,
          'access-control-expose-headers': RESPONSE_HEADERS.join(', '),
          vary: 'Origin',
        }
      : {};
}

/**
 * Lets pages read the answers of everything that is registered from now on. Refusals by headers come before `registerCors`,
 * and a page would see a network error instead of them.
 */
export function showAnswersToPages(fastify: FastifyInstance, headersOf: OriginHeaders): void {
  fastify.addHook('onRequest', ({ headers: { origin } }, reply, done) => {
    if (origin !== undefined) reply.headers(headersOf(origin));
    done();
  });
}

/**
 * Answers preflights and names the origins that may read answers. A preflight of another origin is refused with the name
 * of the setting, because browsers tell their developers nothing but "CORS error".
 */
export async function registerCors(fastify: FastifyInstance, { isAllowed, headers }: CorsOptions): Promise<void> {
  fastify.addHook('onRequest', (request, reply, done) => {
    const { origin } = request.headers;
    if (!isPreflight(request.method, request.headers) || (origin !== undefined && isAllowed?.(origin))) return done();
    const message = 'Pages of this origin may not call this API. The setting CORS_ORIGINS lists the origins that may.';
    reply
      .code(403)
      .type(errorTypeFor(request))
      .send({ errors: [{ message, extensions: { code: 'FORBIDDEN' } }] });
  });
  // The library adds headers to every answer, which says nothing where no other origin may call.
  if (!isAllowed) return;
  await fastify.register(import('@fastify/cors'), {
    origin: (origin, allow) => allow(null, origin !== undefined && isAllowed(origin)),
    methods: ['GET', 'POST'],
    allowedHeaders: [...REQUEST_HEADERS, ...headers],
    exposedHeaders: RESPONSE_HEADERS,
    maxAge: PREFLIGHT_SECONDS,
  });
}

function isPreflight(method: string, headers: Readonly<Record<string, unknown>>): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}
