import { AsyncResource } from 'node:async_hooks';
import type { ApolloServer } from '@apollo/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FormattedExecutionResult } from 'graphql';
import type { ReadyResponse } from '../../http/answers/security-headers.js';
import { clientAddress } from '../../http/client-address.js';
import type { FailureLimit } from '../../http/failure-limit.js';
import type { ParseBody } from '../../http/json-body.js';
import type { ServerCounts } from '../../http/metrics/server-counts.js';
import { OperationRecord, recordIn } from '../../http/operation-record.js';
import { callerIds, type RequestScope } from '../../http/request-scope.js';
import type { TakeTurn } from '../../http/turns.js';
import { endOperation, type StartOperationSpan } from '../apollo/operation-span.js';
import { type CallerPlaces, holderOf } from '../caller-places.js';
import type { Authenticated, ContextFunction } from '../context.js';
import type { DocumentBounds } from '../documents/document-bounds.js';
import type { TrustedDocuments } from '../documents/trusted-documents.js';
import { isPromise } from '../execution/compiled/is-promise.js';
import type { FastPath } from '../execution/fast-path.js';
import type { OperationDeadline } from '../execution/operation-deadline.js';
import type { CallerRates, RatedClient } from '../rates/caller-rates.js';
import type { LoadShedding } from '../rates/load-shedding.js';
import type { Refusals, RequestRefusal } from '../refusals/refusal.js';
import { type LogRefusedToken, logUsedUpFailures } from '../refusals/refused-token-log.js';
import type { ResourceContext } from '../resource.js';
import { canReadAnswer, headersForApollo, mayBeForged, opensPage } from './request-headers.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by this route before the body is read. */
    authenticated: Authenticated | undefined;
  }
}

/**
 * Serves GraphQL over HTTP at `/graphql`. A request with a bad access token is refused before its body is read. Otherwise its
 * caller goes into the context, for Apollo Server and for the fast path.
 */
export function registerGraphQLRoute<TContext extends ResourceContext>(
  fastify: FastifyInstance,
  options: {
    /** Browsers get a page. Otherwise they are answered like every other client. */
    readonly hasPage: boolean;
    readonly apollo: ApolloServer<TContext>;
    readonly documentBounds: Pick<DocumentBounds, 'check'>;
    /** Undefined: every document may run. */
    readonly trustedDocuments: TrustedDocuments | undefined;
    readonly deadline: OperationDeadline;
    readonly answerByFastPath: FastPath;
    sendPrebuilt(reply: FastifyReply, response: ReadyResponse): void;
    readonly refusals: Refusals;
    readonly failureLimit: FailureLimit;
    /** Operations under way, by caller. */
    readonly operationPlaces: CallerPlaces;
    readonly contextFunction: ContextFunction<TContext>;
    readonly startSpan: StartOperationSpan;
    readonly requestScope: RequestScope;
    readonly counts: Pick<ServerCounts, 'admittedRequests' | 'operations'>;
    /** Undefined: no rate is bounded. */
    readonly rates: CallerRates | undefined;
    readonly shedding: LoadShedding;
    readonly takeTurn: TakeTurn;
    readonly parseBody: ParseBody;
    readonly logRefusedToken: LogRefusedToken;
  },
): void {
  const { apollo, documentBounds, deadline, answerByFastPath, sendPrebuilt, refusals, failureLimit } = options;
  const { operationPlaces, startSpan, requestScope, counts, rates, shedding, trustedDocuments, takeTurn } = options;
  const { logRefusedToken, parseBody } = options;
  const { authenticate, createContext } = options.contextFunction;

  /** Returns whether a page is the answer. No operation runs for it. */
  const isVisit = (request: FastifyRequest) => options.hasPage && opensPage(request);

  function refuseBadToken(request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
    const admit = (authenticated: Authenticated) => {
      request.authenticated = authenticated;
      const overload = shedding.refuse(authenticated.token !== undefined);
      return overload && refusals.ofOverload(overload);
    };
    const go = (refusal: RequestRefusal | undefined) => (refusal ? sendPrebuilt(reply, refusal) : done());
    const authenticated = authenticate(request.raw, () => failureLimit.begin(clientAddress(request)));
    if (authenticated instanceof Promise) {
      authenticated.then(admit, (error: unknown) => refuse(request, error)).then(go, done);
    } else go(admit(authenticated));
  }

  function refuse(request: FastifyRequest, error: unknown): RequestRefusal {
    const answer = failureLimit.refuse(clientAddress(request), error);
    if (answer.secondsToWait > 0) return refusals.ofFailures(answer);
    logRefusedToken(request.log, error);
    logUsedUpFailures(request.log, answer, error);
    return refusals.ofRequest(error);
  }

  /** From here on every log line carries the ids of the caller. */
  function answerInScope(request: FastifyRequest, reply: FastifyReply): unknown {
    if (!canReadAnswer(request) && !isVisit(request)) return sendPrebuilt(reply, refusals.ofAcceptedTypes());
    const { identity, authenticated } = request;
    if (authenticated?.token) Object.assign(identity, callerIds(authenticated.token));
    const caller = authenticated?.token?.caller;
    // Before anything is awaited: a refusal that ends the connection is then the only answer on it.
    if (!isVisit(request) && mayBeForged(request, caller)) return sendPrebuilt(reply, refusals.ofForgery());
    counts.admittedRequests.add(caller?.kind ?? 'anonymous');
    return requestScope.run(identity, () => answerInTurn(request, reply));
  }

  /** Holds no place while it waits: a caller may have more quick operations at once than places. */
  function answerInTurn(request: FastifyRequest, reply: FastifyReply): unknown {
    const answerNow = () => {
      parseBody(request);
      return rates && !isVisit(request) ? answerWithinRates(rates, request, reply) : answerInPlace(request, reply);
    };
    const turn = takeTurn(holderOf(request.authenticated?.token?.caller, request));
    // Nothing is run for a client that has left meanwhile.
    return turn ? turn.then(() => (reply.raw.destroyed ? reply.hijack() : answerNow())) : answerNow();
  }

  async function answerWithinRates(given: CallerRates, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const { refused, headers } = await given.enter(ratedClient(request));
    for (const [name, value] of headers) reply.header(name, value);
    return refused ? sendPrebuilt(reply, refusals.ofRate(refused)) : answerInPlace(request, reply);
  }

  /** Holds a place until the operation has ended, even if its client has gone, because it costs the same. */
  function answerInPlace(request: FastifyRequest, reply: FastifyReply): unknown {
    const leave = operationPlaces.take(holderOf(request.authenticated?.token?.caller, request));
    if (typeof leave !== 'function') return sendPrebuilt(reply, refusals.ofCaller(leave));
    let answered: unknown;
    try {
      answered = answerInSpan(request, reply);
    } finally {
      if (!isPromise(answered)) leave();
    }
    return isPromise(answered) ? answered.finally(leave) : answered;
  }

  function answerInSpan(request: FastifyRequest, reply: FastifyReply): unknown {
    const context = createContext(request.authenticated);
    if (isVisit(request)) return answer(request, reply, context);
    if (trustedDocuments) request.body = trustedDocuments.expand(request.body);
    request.record = new OperationRecord(context.caller !== undefined, (ended) => {
      counts.operations.notify(ended);
      void rates?.spend(ratedClient(request), ended.cost ?? 0);
    });
    recordIn(context, request.record);
    const span = startSpan(context);
    return span ? span.around(() => answer(request, reply, context)) : answer(request, reply, context);
  }

  /**
   * Stays synchronous where it can and then gives Fastify nothing to wait for. A promise costs as much as some of the
   * checks.
   */
  function answer(request: FastifyRequest, reply: FastifyReply, context: TContext): Promise<unknown> | undefined {
    const answered = answerByFastPath(request, context);
    if (!answered) return whileClientWaits(request, reply, context, answerByApollo(request, reply, context));
    if (isPromise(answered))
      return whileClientWaits(
        request,
        reply,
        context,
        answered.then((settled) => reply.sent || sendPrebuilt(reply, settled)),
      );
    sendPrebuilt(reply, answered);
    void context.dispose();
    return undefined;
  }

  /** Ends the operation when the client leaves before its answer. Otherwise it would keep a connection to the database. */
  function whileClientWaits(
    request: FastifyRequest,
    reply: FastifyReply,
    context: TContext,
    answering: Promise<unknown>,
  ): Promise<unknown> {
    // The connection closes outside of the request, and the line is to carry the request's ids.
    const leave = AsyncResource.bind(() => {
      if (reply.raw.writableFinished) return;
      context.abandon?.();
      const ms = Math.round(reply.elapsedTime);
      request.log.info({ method: request.method, path: '/graphql', ms }, 'the client left before its answer');
    });
    let isLate = false;
    const late = (result: FormattedExecutionResult) => {
      isLate = true;
      request.log.warn(
        { method: request.method, path: '/graphql', setting: 'LIMIT_OPERATION_SECONDS' },
        'an operation was not answered in time',
      );
      endOperation(context, { errors: result.errors });
      return sendPrebuilt(reply, { status: 200, body: JSON.stringify(result) });
    };
    reply.raw.once('close', leave);
    return deadline.bound<unknown>(answering, context, late).finally(() => {
      reply.raw.off('close', leave);
      const disposed = context.dispose();
      // `dispose` waits for resolvers, and one of them may wait for ever.
      return isLate ? undefined : disposed;
    });
  }

  async function answerByApollo(request: FastifyRequest, reply: FastifyReply, context: TContext) {
    const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: request.method,
        headers: headersForApollo(request, isVisit(request)),
        body: request.body,
        search: searchOf(request.url),
      },
      // What it throws is the answer, in the media type that the client accepts.
      context: async () => {
        // A visit gets a page before this. If it ever does not, no operation runs in the place of the page.
        if (mayBeForged(request, context.caller)) throw new TypeError('an operation would run for a visit');
        const document = documentOf(request);
        const error = documentBounds.check(document) ?? trustedDocuments?.check(document);
        if (error) throw error;
        return context;
      },
    });
    // The deadline has answered already.
    if (reply.sent) return reply;
    reply.code(status ?? 200);
    for (const [name, value] of headers) reply.header(name, value);
    if (body.kind !== 'complete') throw new TypeError('no directive for incremental delivery is in the schema');
    return reply.send(body.string);
  }

  fastify.decorateRequest('authenticated', undefined);
  // Fastify takes text as a body of any route, and pages of other origins can send text without a preflight.
  fastify.removeContentTypeParser('text/plain');
  fastify.route({ method: ['GET', 'POST'], url: '/graphql', onRequest: refuseBadToken, handler: answerInScope });
}

function ratedClient(request: FastifyRequest): RatedClient {
  const caller = request.authenticated?.token?.caller;
  return { holder: holderOf(caller, request), caller };
}

/** Returns the text of the document from the place where Apollo Server looks for it. */
function documentOf({ method, url, body }: FastifyRequest): unknown {
  return method === 'GET' ? new URLSearchParams(searchOf(url)).get('query') : Object(body).query;
}

function searchOf(url: string): string {
  const start = url.indexOf('?');
  return start === -1 ? '' : url.slice(start);
}
