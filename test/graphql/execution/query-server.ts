import { setImmediate } from 'node:timers/promises';
import { ApolloServer } from '@apollo/server';
import cors from '@fastify/cors';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import { vi } from 'vitest';
import type { Authentication } from '../../../src/authentication/authentication.js';
import type { Caller } from '../../../src/authentication/caller.js';
import { createAuthorization, type Policy } from '../../../src/authorization/authorization.js';
import { createDescribeLimit } from '../../../src/config/limit-error.js';
import { defaultLimits } from '../../../src/config/limits.js';
import { noLandingPage } from '../../../src/explorer/sandbox/landing-page.js';
import { DenialLog } from '../../../src/graphql/refusals/denial-log.js';
import type { AnyResource, ResourceContext } from '../../../src/graphql/resource.js';
import { serveGraphQL } from '../../../src/graphql/serve-graphql.js';
import { registerRequestErrors } from '../../../src/http/answers/request-errors.js';
import { registerSecurityHeaders, sendPrebuilt } from '../../../src/http/answers/security-headers.js';
import { createFailureLimit } from '../../../src/http/failure-limit.js';
import { registerRequestLog } from '../../../src/http/log/request-log.js';
import { createServerCounts, LabelledCounter, type ServerCounts } from '../../../src/http/metrics/server-counts.js';
import { createRequestScope } from '../../../src/http/request-scope.js';

/** A request; `by` is the name of its caller. */
export interface Asked {
  readonly by?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Every byte of an answer, but for the time in its headers, and what the server says of it elsewhere. */
export interface Sent {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  /** Lines of the log, without what is another each time. */
  readonly logged: readonly object[];
  /** The counts that rose, and by how much. */
  readonly counted: Readonly<Record<string, number>>;
}

export interface QueryServer {
  ask(asked: Asked): Promise<Sent>;
  /** Contexts that were disposed of. */
  readonly dispose: ReturnType<typeof vi.fn<() => Promise<void>>>;
  close(): Promise<void>;
}

/** Returns the spy on requests that come to Apollo Server, of any server. It counts from the first call in a test file on. */
export const toApollo = () => vi.spyOn(ApolloServer.prototype, 'executeHTTPGraphQLRequest');

interface ServerOptions {
  readonly schema: GraphQLSchema;
  readonly callers: Readonly<Record<string, Caller | undefined>>;
  readonly policies?: Readonly<Record<string, Policy<ResourceContext>>>;
  readonly compiled: boolean;
  /** False: all runs on the guarded schema, and so by Apollo Server. Default true. */
  readonly fastPath?: boolean;
  /** Whether graphql-shield's rules alone decide every field. Default false. */
  readonly byRulesAlone?: boolean;
  readonly mode?: 'enforce' | 'report';
  /** The members of every context beside the caller. */
  readonly context?: object;
}

/**
 * Serves a schema as the server does, but without tokens and without a port. Requests name their caller, because the tests
 * start after the token was verified.
 */
export async function startQueryServer(options: ServerOptions): Promise<QueryServer> {
  const lines: string[] = [];
  const fastify = Fastify({
    genReqId: () => 'the same for all',
    logger: { level: 'debug', base: null, stream: { write: (line: string) => void lines.push(line) } },
    logController: new LogController({ disableRequestLogging: true }),
  });
  const counts = createServerCounts();
  const dispose = vi.fn(async () => undefined);
  const requestScope = createRequestScope();
  const refusalLines = { take: () => true };
  registerRequestLog(fastify, counts, { refusalLines });
  registerSecurityHeaders(fastify);
  const describeLimit = createDescribeLimit(defaultLimits, true);
  registerRequestErrors(fastify, { describeLimit });
  await fastify.register(cors, { origin: ['https://app.example.com'], exposedHeaders: ['www-authenticate'] });
  await serveGraphQL(fastify, {
    ...protect(options, new DenialLog(fastify.log, { mode: options.mode ?? 'enforce', hints: true }, counts)),
    server: { name: 'test', version: '0' },
    downstream: undefined,
    resource: { ...NO_RESOURCE, createContext: (caller) => ({ ...options.context, caller, dispose }) },
    authentication: authenticationOf(options.callers),
    counts,
    requestScope,
    refusalLines,
    limits: { ...defaultLimits, eventLoopDelayMs: 0 },
    describeLimit,
    hasRoom: () => true,
    hasPage: false,
    connections: new Map(),
    challengeAddresses: {},
    failureLimit: createFailureLimit({ failuresPerMinute: 0, limits: defaultLimits, describeLimit }),
    turns: {
      take: () => undefined,
      share: () => undefined,
      expectedMs: () => 0,
      waiting: () => 0,
      hurry: () => undefined,
      noteConnection: () => undefined,
    },
    parseBody: () => undefined,
    introspection: 'authenticated',
    compiled: options.compiled,
    fastPath: options.fastPath ?? true,
    landingPage: noLandingPage(),
    sendPrebuilt,
    isAllowedOrigin: () => false,
  });
  const ask = (asked: Asked) => askFastify(asked, { fastify, lines, counts });
  return { ask, dispose, close: async () => void (await fastify.close()) };
}

function protect(
  { schema, policies = {}, mode = 'enforce', byRulesAlone = false }: ServerOptions,
  denialLog: DenialLog,
) {
  const authorization = createAuthorization<ResourceContext>({
    schema,
    policies,
    mode,
    fastPath: !byRulesAlone,
    onDenied: (denial, context) => denialLog.record(denial, context),
  });
  // Copies of the schema keep it.
  authorization.schema.extensions = { ...authorization.schema.extensions, isGuarded: true };
  return { authorization, unguardedSchema: schema, denialLog };
}

async function askFastify(
  { by, headers, body }: Asked,
  {
    fastify,
    lines,
    counts,
  }: { readonly fastify: FastifyInstance; readonly lines: string[]; readonly counts: ServerCounts },
): Promise<Sent> {
  lines.length = 0;
  const before = sumsOf(counts);
  const response = await fastify.inject({
    method: 'POST',
    url: '/graphql',
    headers: { 'content-type': 'application/json', ...(by && { authorization: by }), ...headers },
    payload: JSON.stringify(body),
  });
  // The line of a request is written when its answer is gone.
  await setImmediate();
  const { date: _date, ...rest } = response.headers;
  const rises = Object.entries(sumsOf(counts)).map(([name, sum]) => [name, sum - (before[name] ?? 0)] as const);
  return {
    status: response.statusCode,
    headers: rest,
    body: response.body,
    logged: lines.map(withoutTimes),
    counted: Object.fromEntries(rises.filter(([, rise]) => rise > 0)),
  };
}

/** Errors of graphql-js about a value. Compiled queries word them differently and do not show the value. */
const FOUND_WRONG = /^(Abstract type|Runtime Object type|Expected |\w+\.serialize )/;

function withoutTimes(line: string): object {
  const { time: _time, reqId: _reqId, ms: _ms, err, ...said } = JSON.parse(line);
  if (!err) return said;
  const { stack: _stack, message, ...rest } = err;
  return { ...said, err: FOUND_WRONG.test(message) ? rest : { message, ...rest } };
}

function sumsOf(counts: ServerCounts): Readonly<Record<string, number>> {
  const sums = Object.entries(counts).flatMap(([name, tally]: [string, unknown]) =>
    tally instanceof LabelledCounter ? [...tally.sums()].map(([label, sum]) => [`${name} ${label}`, sum] as const) : [],
  );
  return Object.fromEntries(sums);
}

const NO_RESOURCE: Omit<AnyResource, 'createContext'> = {
  welcomeDocument: '',
  schemaFolder: new URL('file:///'),
  resolvers: {},
  policies: {},
  ping: async () => undefined,
  close: async () => undefined,
};

/** Returns the caller that the header names. */
function authenticationOf(callers: Readonly<Record<string, Caller | undefined>>) {
  const lookup: Authentication['lookup'] = ({ authorizations: [authorization = ''] }) => {
    const caller = callers[authorization];
    return { known: caller && { caller, expiresAtSeconds: 0, version: '2.0', tokenId: undefined } };
  };
  return { lookup, authenticate: async () => undefined, onRevocation: () => () => undefined };
}
