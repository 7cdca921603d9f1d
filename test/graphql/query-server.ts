import { ApolloServer } from '@apollo/server';
import cors from '@fastify/cors';
import Fastify from 'fastify';
import type { GraphQLSchema } from 'graphql';
import { vi } from 'vitest';
import type { Authentication } from '../../src/authentication/authentication.js';
import type { Caller } from '../../src/authentication/caller.js';
import { createAuthorization, type Policy } from '../../src/authorization/authorization.js';
import { noLandingPage } from '../../src/explorer/sandbox.js';
import { DenialLog } from '../../src/graphql/denial-log.js';
import type { AnyResource, ResourceContext } from '../../src/graphql/resource.js';
import { serveGraphQL } from '../../src/graphql/serve-graphql.js';
import { registerRequestErrors } from '../../src/http/request-errors.js';
import { registerSecurityHeaders, sendAtOnce } from '../../src/http/security-headers.js';
import { createServerCounts } from '../../src/http/server-counts.js';

/** A request; `by` is the name of its caller. */
export interface Asked {
  readonly by?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Every byte of an answer, but for the time in its headers. */
export interface Sent {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

export interface QueryServer {
  ask(asked: Asked): Promise<Sent>;
  /** Contexts that were disposed of. */
  readonly dispose: ReturnType<typeof vi.fn<() => Promise<void>>>;
  close(): Promise<void>;
}

/** Requests that came to Apollo Server, of any server. */
export const toApollo = vi.spyOn(ApolloServer.prototype, 'executeHTTPGraphQLRequest');

/**
 * GraphQL over HTTP on a schema, as the server assembles it, without tokens and without a port: callers go by name, since
 * what is looked at is what happens once a token is verified.
 */
export async function startQueryServer(options: {
  readonly schema: GraphQLSchema;
  readonly callers: Readonly<Record<string, Caller | undefined>>;
  readonly policies?: Readonly<Record<string, Policy<ResourceContext>>>;
  readonly compiles: boolean;
  /** False: all runs on the guarded schema, and so by Apollo Server. */
  readonly mayRunBare?: boolean;
  /** What every context has, beside the caller. */
  readonly context?: object;
}): Promise<QueryServer> {
  const { schema, callers, policies = {}, compiles, mayRunBare = true, context } = options;
  const fastify = Fastify();
  registerSecurityHeaders(fastify);
  registerRequestErrors(fastify);
  await fastify.register(cors, { origin: ['https://app.example.com'], exposedHeaders: ['www-authenticate'] });
  const counts = createServerCounts();
  const denialLog = new DenialLog(fastify.log, { mode: 'enforce', hints: true }, counts);
  const authorization = createAuthorization<ResourceContext>({ schema, policies });
  const check: typeof authorization.check = (operation) => {
    const decision = authorization.check(operation);
    return decision.kind === 'unguarded' && !mayRunBare ? { kind: 'guarded' } : decision;
  };
  const dispose = vi.fn(async () => undefined);
  await serveGraphQL(fastify, {
    authorization: { ...authorization, check },
    bareSchema: schema,
    server: { name: 'test', version: '0' },
    resource: { ...NO_RESOURCE, createContext: (caller) => ({ ...context, caller, dispose }) },
    authentication: authenticationOf(callers),
    denialLog,
    counts,
    challengeAddresses: {},
    failureLimit: { secondsToWait: async () => 0, count: async () => 0 },
    introspection: 'authenticated',
    compiles,
    landingPage: noLandingPage(),
    sendAtOnce,
    origins: [],
  });
  return {
    dispose,
    close: async () => void (await fastify.close()),
    async ask({ by, headers, body }) {
      const response = await fastify.inject({
        method: 'POST',
        url: '/graphql',
        headers: { 'content-type': 'application/json', ...(by && { authorization: by }), ...headers },
        payload: JSON.stringify(body),
      });
      const { date: _date, ...rest } = response.headers;
      return { status: response.statusCode, headers: rest, body: response.body };
    },
  };
}

const NO_RESOURCE: Omit<AnyResource, 'createContext'> = {
  welcomeDocument: '',
  schemaFolder: new URL('file:///'),
  resolvers: {},
  policies: {},
  ping: async () => undefined,
  close: async () => undefined,
};

/** Whoever the header names. */
function authenticationOf(callers: Readonly<Record<string, Caller | undefined>>) {
  const recognise: Authentication['recognise'] = ({ rawHeaders }) => {
    const caller = callers[rawHeaders[rawHeaders.indexOf('authorization') + 1] ?? ''];
    return caller && { caller, expiresAtSeconds: 0, version: '2.0', tokenId: undefined };
  };
  return { recognise, authenticate: async () => undefined };
}
