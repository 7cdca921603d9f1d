import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ParseBody } from '../../http/json-body.js';
import type { ServerCounts } from '../../http/metrics/server-counts.js';
import { OperationRecord, recordIn } from '../../http/operation-record.js';
import { addCaller, type RequestScope } from '../../http/request-scope.js';
import type { Turns } from '../../http/turns.js';
import { isPromise } from '../../values/is-promise.js';
import type { StartOperationSpan } from '../apollo/operation-span.js';
import { type CallerPlaces, holderOf } from '../caller-places.js';
import type { ContextFunction } from '../context.js';
import type { CallerRates, RatedClient } from '../rates/caller-rates.js';
import type { ResourceContext } from '../resource.js';
import { type AdmissionOptions, createAdmission } from './admission.js';
import { type AnswerOptions, createAnswer } from './answer-operation.js';
import { canReadAnswer, mayBeForged, opensPage } from './request-headers.js';

/**
 * Serves GraphQL over HTTP at `/graphql`. A request with a bad access token is refused before its body is read. Otherwise its
 * caller goes into the context, for Apollo Server and for the fast path. The functions below are the steps of a request in
 * their order.
 */
export function registerGraphQLRoute<TContext extends ResourceContext>(
  fastify: FastifyInstance,
  options: AdmissionOptions &
    Omit<AnswerOptions<TContext>, 'isVisit'> & {
      /** Browsers get a page. Otherwise they are answered like every other client. */
      readonly hasPage: boolean;
      /** Operations under way, by caller. */
      readonly operationPlaces: CallerPlaces;
      readonly contextFunction: ContextFunction<TContext>;
      readonly startSpan: StartOperationSpan;
      readonly requestScope: RequestScope;
      readonly counts: Pick<ServerCounts, 'admittedRequests' | 'operations'>;
      /** Undefined: no rate is bounded. */
      readonly rates: CallerRates | undefined;
      readonly turns: Pick<Turns, 'take' | 'share'>;
      readonly parseBody: ParseBody;
    },
): void {
  const { refusals, sendPrebuilt, trustedDocuments, operationPlaces, startSpan } = options;
  const { requestScope, counts, rates, shedding, turns, parseBody } = options;
  const { authenticate, createContext } = options.contextFunction;

  /** Returns whether a page is the answer. No operation runs for it. */
  const isVisit = (request: FastifyRequest) => options.hasPage && opensPage(request);
  const admit = createAdmission(authenticate, options);
  const answer = createAnswer({ ...options, isVisit });

  /** From here on every log line carries the ids of the caller. */
  function answerInScope(request: FastifyRequest, reply: FastifyReply): unknown {
    if (!canReadAnswer(request) && !isVisit(request)) return sendPrebuilt(reply, refusals.ofAcceptedTypes());
    const { identity, authenticated } = request;
    if (authenticated?.token) addCaller(identity, authenticated.token);
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
      const answered =
        rates && !isVisit(request)
          ? answerWithinRates(rates, client, request, reply)
          : answerInPlace(client, request, reply);
      if (!isPromise(answered)) turns.share();
      return answered;
    };
    const client = ratedClient(request);
    const { holder, caller } = client;
    const overload = shedding.refuse(caller !== undefined, holder);
    if (overload) return sendPrebuilt(reply, refusals.ofOverload(overload));
    const turn = turns.take({ name: holder, isKnown: caller !== undefined });
    // Nothing is run for a client that has left meanwhile.
    return turn ? turn.then(() => (reply.raw.destroyed ? reply.hijack() : answerNow())) : answerNow();
  }

  async function answerWithinRates(
    given: CallerRates,
    client: RatedClient,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<unknown> {
    const { refused, headers } = await given.enter(client);
    for (const [name, value] of headers) reply.header(name, value);
    return refused ? sendPrebuilt(reply, refusals.ofRate(refused)) : answerInPlace(client, request, reply);
  }

  /** Holds a place until the operation has ended, even if its client has gone, because it costs the same. */
  function answerInPlace(client: RatedClient, request: FastifyRequest, reply: FastifyReply): unknown {
    const leave = operationPlaces.take(client.holder);
    if (typeof leave !== 'function') return sendPrebuilt(reply, refusals.ofCaller(leave));
    let answered: unknown;
    try {
      answered = answerInSpan(client, request, reply);
    } finally {
      if (!isPromise(answered)) leave();
    }
    return isPromise(answered) ? answered.finally(leave) : answered;
  }

  function answerInSpan(client: RatedClient, request: FastifyRequest, reply: FastifyReply): unknown {
    const context = createContext(request.authenticated, client.holder);
    if (isVisit(request)) return answer(request, reply, context);
    if (trustedDocuments) request.body = trustedDocuments.expand(request.body);
    request.record = new OperationRecord(context.caller !== undefined, client.holder, (ended) => {
      counts.operations.notify(ended);
      void rates?.spend(client, ended.cost ?? 0);
    });
    recordIn(context, request.record);
    const span = startSpan(context);
    return span ? span.around(() => answer(request, reply, context)) : answer(request, reply, context);
  }

  fastify.decorateRequest('authenticated', undefined);
  // Fastify takes text as a body of any route, and pages of other origins can send text without a preflight.
  fastify.removeContentTypeParser('text/plain');
  fastify.route({
    method: ['GET', 'POST'],
    exposeHeadRoute: false,
    url: '/graphql',
    onRequest: admit,
    handler: answerInScope,
  });
}

function ratedClient(request: FastifyRequest): RatedClient {
  const caller = request.authenticated?.token?.caller;
  return { holder: holderOf(caller, request), caller };
}
