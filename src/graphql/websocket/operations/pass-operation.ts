import { AsyncResource } from 'node:async_hooks';
import type { ApolloServer } from '@apollo/server';
import type { ExecutionResult, FormattedExecutionResult } from 'graphql';
import type { RefusalLines } from '../../../http/log/refusal-lines.js';
import type { ServerCounts } from '../../../http/metrics/server-counts.js';
import { OperationRecord, operationFields, recordIn } from '../../../http/operation-record.js';
import { addCaller, createIdentity, type RequestScope } from '../../../http/request-scope.js';
import { isPromise } from '../../../values/is-promise.js';
import type { StartOperationSpan } from '../../apollo/operation-span.js';
import type { Authenticated, ContextFunction } from '../../context.js';
import type { EventPath } from '../../execution/event-path.js';
import type { OperationDeadline } from '../../execution/operation-deadline.js';
import type { CallerRates } from '../../rates/caller-rates.js';
import type { ResourceContext } from '../../resource.js';
import type { SocketClient } from './socket-client.js';
import { unformatted } from './socket-errors.js';
import { atStage, type SubscriptionStage } from './subscription-plugin.js';

/** An operation as its client sent it. */
export interface SocketRequest {
  readonly query: string;
  readonly operationName?: string;
  readonly variables: Record<string, unknown>;
}

/** One operation, or the answer to one event of a subscription. */
export interface Passing {
  readonly client: Pick<SocketClient, 'identity' | 'holder' | 'signal' | 'log'>;
  readonly authenticated: Authenticated;
  readonly stage: SubscriptionStage;
}

type MaybePromise = FormattedExecutionResult | Promise<FormattedExecutionResult>;

/** Answers an operation, or one event of a subscription, in a context of its own. */
export type PassOperation = (request: SocketRequest, passing: Passing) => Promise<ExecutionResult>;

/** The parts of the server that run an operation. */
export interface PassOptions<TContext extends ResourceContext> {
  readonly apollo: ApolloServer<TContext>;
  readonly answerByEventPath: EventPath;
  readonly deadline: OperationDeadline;
  readonly createContext: ContextFunction<TContext>['createContext'];
  readonly startSpan: StartOperationSpan;
  readonly requestScope: Pick<RequestScope, 'run'>;
  readonly counts: Pick<ServerCounts, 'operations'>;
  /** Bounds the lines about operations with errors whose caller is not known. */
  readonly refusalLines: Pick<RefusalLines, 'take'>;
  readonly rates: CallerRates | undefined;
}

/** Creates the function. Apollo Server answers, except for the events that the fast path takes. */
export function createPassOperation<TContext extends ResourceContext>(options: PassOptions<TContext>): PassOperation {
  const { apollo, answerByEventPath, deadline, createContext, startSpan, requestScope, counts, rates, refusalLines } =
    options;

  /** Runs with the ids of the connection and its caller in every log line. */
  function pass(request: SocketRequest, passing: Passing) {
    const { client, authenticated } = passing;
    const { token } = authenticated;
    const identity = createIdentity(client.identity);
    if (token) addCaller(identity, token);
    // The reads of an event are shared by callers with the same roles.
    const decideCaller = passing.stage.kind === 'event' ? authenticated.parts?.decideCaller : undefined;
    const work = () => passInSpan(request, passing);
    return requestScope.run(identity, () => (decideCaller ? decideCaller().then(work) : work()));
  }

  function passInSpan(request: SocketRequest, { client, authenticated, stage }: Passing) {
    const context = createContext(authenticated, client.holder, stage.kind === 'event' ? stage.event : undefined);
    const record = new OperationRecord(context.caller !== undefined, client.holder, (ended) => {
      counts.operations.notify(ended);
      void rates?.spend({ holder: client.holder, caller: context.caller }, ended.cost ?? 0);
      const { code } = ended;
      const isEvent = stage.kind === 'event';
      const isRefused = context.caller === undefined && code !== undefined;
      if (isRefused && !isEvent && !refusalLines.take({ source: client.holder, code })) return;
      const level = isEvent ? 'debug' : 'info';
      client.log[level](
        { ...operationFields(ended), ms: Math.round(Number(ended.seconds) * 10_000) / 10 },
        'operation',
      );
    });
    recordIn(context, record);
    const span = startSpan(context, stage.kind === 'event' ? stage.opening.span : undefined);
    if (stage.kind === 'opening') stage.span = span;
    const answer = () => whileClientWaits(client, context, stage, () => execute(request, context, stage));
    return span ? Promise.resolve(span.around(answer)) : answer();
  }

  /** Returns the answer to an event at once if no resolver makes it wait. */
  function execute(request: SocketRequest, context: TContext, stage: SubscriptionStage): MaybePromise {
    const answered =
      stage.kind === 'event' ? answerByEventPath({ ...request, event: stage.event }, context) : undefined;
    return answered ?? executeByApollo(request, context, stage);
  }

  async function executeByApollo(request: SocketRequest, context: TContext, stage: SubscriptionStage) {
    const { body } = await apollo.executeOperation(request, { contextValue: atStage(context, stage) });
    if (body.kind !== 'single') throw new TypeError('no directive for incremental delivery is in the schema');
    return body.singleResult;
  }

  /** Ends the operation when its client leaves or its time is over. */
  async function whileClientWaits(
    { signal, log }: Passing['client'],
    context: TContext,
    stage: SubscriptionStage,
    execute: () => MaybePromise,
  ) {
    let isLate = false;
    const late = (result: FormattedExecutionResult) => {
      isLate = true;
      log.warn({ path: '/graphql' }, 'an operation was not answered in time');
      return result;
    };
    // No client waits for the answer to an event, so the log has no line of it.
    const leave = onLeaving(context, stage.kind === 'event' ? undefined : log);
    try {
      if (signal.aborted) leave();
      const answering = execute();
      if (!isPromise(answering)) return unformatted(answering);
      signal.addEventListener('abort', leave);
      try {
        const answer = await deadline.bound(answering, context, (result) => {
          closeLateSource(answering, stage);
          return late(result);
        });
        return unformatted(answer);
      } finally {
        signal.removeEventListener('abort', leave);
      }
    } finally {
      const disposed = context.dispose();
      // It waits for resolvers, and one of them may wait for ever.
      if (!isLate) await disposed;
    }
  }

  return pass;
}

/** Returns what abandons the operation when its client leaves. */
function onLeaving(context: ResourceContext, log: SocketClient['log'] | undefined): () => void {
  const abandon = () => context.abandon?.();
  // The connection closes outside of the operation, and the line is to carry the operation's ids.
  const abandonWithLine = () => {
    abandon();
    log?.info({ path: '/graphql' }, 'the client left before its answer');
  };
  return log ? AsyncResource.bind(abandonWithLine) : abandon;
}

/** A source that opens after its client got an error would never be closed. */
function closeLateSource(answering: Promise<unknown>, stage: SubscriptionStage): void {
  if (stage.kind === 'event') return;
  const close = () => stage.source?.[Symbol.asyncIterator]().return?.();
  answering.then(close).catch(() => undefined);
}
