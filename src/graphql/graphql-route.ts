import type { IncomingMessage } from 'node:http';
import { type ApolloServer, HeaderMap } from '@apollo/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AccessTokenError } from '../authentication/access-token-error.js';
import type { Caller } from '../authentication/caller.js';
import type { FailureLimit } from '../http/failure-limit.js';
import { type Refusal, type Refusals, toGraphQLError } from './refusal.js';
import { logRefusedToken } from './refused-token-log.js';
import type { RequestCaller } from './request-caller.js';
import type { ResourceContext } from './resource.js';

/** What Apollo Server reads of a request's headers: negotiation, CSRF prevention, persisted queries. Nothing else. */
const HEADERS_READ = ['accept', 'content-type', 'apollo-require-preflight', 'x-apollo-operation-name'] as const;

/**
 * Serves GraphQL over HTTP at `/graphql`. A request with a bad access token is refused before its body is read; the
 * context function asks the same question of the same function, so it holds without that hook as well.
 */
export function registerGraphQLRoute<TContext extends ResourceContext>(
  fastify: FastifyInstance,
  options: {
    readonly apollo: ApolloServer<TContext>;
    readonly requestCaller: RequestCaller;
    readonly refusals: Refusals;
    readonly failureLimit: FailureLimit;
    /** Whether the credentials of a request are not known to be good. */
    needsVerification(request: IncomingMessage): boolean;
    createContext(caller: Caller | undefined): TContext;
  },
): void {
  const { apollo, requestCaller, refusals, failureLimit, needsVerification, createContext } = options;

  /**
   * An address from which too many bad tokens came gets none verified for a while. Others may share it, so who sends no
   * token or one that is known to be good is served as ever.
   */
  async function refuseBadToken(request: FastifyRequest, reply: FastifyReply) {
    const secondsToWait = await failureLimit.secondsToWait(request);
    if (secondsToWait > 0 && needsVerification(request.raw)) {
      return sendRefusal(reply, refusals.ofFailures(secondsToWait));
    }
    try {
      await requestCaller(request.raw);
    } catch (error) {
      if (error instanceof AccessTokenError) await failureLimit.count(request);
      logRefusedToken(request.log, error);
      return sendRefusal(reply, refusals.ofRequest(error));
    }
  }

  async function answer(request: FastifyRequest, reply: FastifyReply) {
    let context: TContext | undefined;
    try {
      const response = await apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: {
          method: request.method,
          headers: readHeaders(request),
          body: request.body,
          search: searchOf(request.url),
        },
        context: async () => {
          const token = await requestCaller(request.raw).catch((error) => {
            throw toGraphQLError(refusals.ofRequest(error));
          });
          context = createContext(token?.caller);
          return context;
        },
      });
      reply.code(response.status ?? 200);
      for (const [name, value] of response.headers) reply.header(name, value);
      if (response.body.kind !== 'complete')
        throw new TypeError('no directive for incremental delivery is in the schema');
      return reply.send(response.body.string);
    } finally {
      await context?.dispose();
    }
  }

  fastify.route({ method: ['GET', 'POST'], url: '/graphql', onRequest: refuseBadToken, handler: answer });
}

/** Sends a refusal as a GraphQL response without `data`. */
function sendRefusal(reply: FastifyReply, { status, headers, errors }: Refusal): FastifyReply {
  return reply
    .code(status)
    .headers(Object.fromEntries(headers))
    .type('application/json; charset=utf-8')
    .send({ errors });
}

function readHeaders({ headers }: FastifyRequest): HeaderMap {
  const read = new HeaderMap();
  for (const name of HEADERS_READ) {
    const value = headers[name];
    if (typeof value === 'string') read.set(name, value);
  }
  return read;
}

function searchOf(url: string): string {
  const start = url.indexOf('?');
  return start === -1 ? '' : url.slice(start);
}
