import { AsyncResource } from 'node:async_hooks';
import type { ApolloServer } from '@apollo/server';
import type { FastifyBaseLogger } from 'fastify';
import { type ExecutionResult, type FormattedExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import type { LimitError } from '../../config/limit-error.js';
import type { ServerCounts } from '../../http/metrics/server-counts.js';
import { OperationRecord, operationFields, recordIn } from '../../http/operation-record.js';
import { callerIds, type RequestIdentity, type RequestScope } from '../../http/request-scope.js';
import { createTurns } from '../../http/turns.js';
import type { ErrorFormatter } from '../apollo/error-format.js';
import { formatResult } from '../apollo/format-result.js';
import type { StartOperationSpan } from '../apollo/operation-span.js';
import type { LeavePlace } from '../caller-places.js';
import type { Authenticated, ContextFunction } from '../context.js';
import type { DocumentBounds } from '../documents/document-bounds.js';
import type { TrustedDocuments } from '../documents/trusted-documents.js';
import { ABANDONED } from '../execution/abandoned-operation.js';
import type { EventPath } from '../execution/event-path.js';
import type { OperationDeadline } from '../execution/operation-deadline.js';
import type { CallerRates } from '../rates/caller-rates.js';
import type { ResourceContext } from '../resource.js';
import { atStage, type OpeningStage, type SubscriptionStage } from './subscription-plugin.js';

/** The answer to an operation: `errors` before anything ran, a result, or a result for each event of a subscription. */
export type SocketAnswer =
  | { readonly kind: 'errors'; readonly errors: readonly GraphQLError[] }
  | { readonly kind: 'result'; readonly result: ExecutionResult }
  | { readonly kind: 'events'; readonly events: AsyncGenerator<ExecutionResult, void, void> };

/** Verifies the token of a connection again. `refused`: it is no longer good, and the connection is being closed. */
export type CurrentCaller = () => Promise<Authenticated | 'refused'>;

/** The client at the other end of a WebSocket. */
export interface SocketClient {
  /** Ids of the handshake, for the log. */
  readonly identity: RequestIdentity;
  /** Name under which the caller's operations are counted. */
  readonly holder: string;
  /** Asked at the beginning and again for each event. */
  readonly current: CurrentCaller;
  /** Takes a place for a subscription, before its source is opened. */
  subscribe(): LeavePlace | LimitError;
  /** Aborted when the client no longer waits for the answer. */
  readonly signal: AbortSignal;
  readonly log: Pick<FastifyBaseLogger, 'debug' | 'info' | 'warn'>;
}

/** Runs operations that came over WebSockets. */
export interface SocketOperations {
  run(operation: SubscribePayload, client: SocketClient): Promise<SocketAnswer>;
  /** Resolves when no query, mutation or event runs any more. */
  settled(): Promise<void>;
}

/** An operation as its client sent it. */
interface SocketRequest {
  readonly query: string;
  readonly operationName?: string;
  readonly variables: Record<string, unknown>;
}

/** One operation, or the answer to one event of a subscription. */
interface Passing {
  readonly client: Pick<SocketClient, 'identity' | 'holder' | 'signal' | 'log'>;
  readonly authenticated: Authenticated;
  readonly stage: SubscriptionStage;
}

/**
 * Creates the runner. Each operation and each event has a context of its own, which is disposed afterwards. Apollo Server
 * answers them, except for the events that the fast path takes.
 */
export function createSocketOperations<TContext extends ResourceContext>(options: {
  readonly apollo: ApolloServer<TContext>;
  readonly answerByEventPath: EventPath;
  readonly documentBounds: Pick<DocumentBounds, 'check'>;
  readonly deadline: OperationDeadline;
  readonly createContext: ContextFunction<TContext>['createContext'];
  readonly startSpan: StartOperationSpan;
  readonly requestScope: Pick<RequestScope, 'run'>;
  readonly formatError: ErrorFormatter;
  readonly counts: Pick<ServerCounts, 'operations' | 'events'>;
  readonly rates: CallerRates | undefined;
  readonly trustedDocuments: TrustedDocuments | undefined;
}): SocketOperations {
  const { apollo, documentBounds, deadline, createContext, startSpan, requestScope, formatError, counts } = options;
  const { answerByEventPath, rates, trustedDocuments } = options;
  const running = new Set<Promise<unknown>>();
  const eventTurns = createTurns();

  /** Runs with the ids of the connection and its caller in every log line. */
  function pass(request: SocketRequest, passing: Passing) {
    const { client, authenticated } = passing;
    const { token } = authenticated;
    const { reqId, traceId } = client.identity;
    const identity = { reqId, ...(traceId !== undefined && { traceId }), ...(token && callerIds(token)) };
    return requestScope.run(identity, () => passInSpan(request, passing));
  }

  async function passInSpan(request: SocketRequest, { client, authenticated, stage }: Passing) {
    // The reads of an event are shared by callers with the same roles.
    if (stage.kind === 'event') await authenticated.parts?.decideCaller?.();
    const context = createContext(authenticated, stage.kind === 'event' ? stage.event : undefined);
    const record = new OperationRecord(context.caller !== undefined, (ended) => {
      counts.operations.notify(ended);
      void rates?.spend({ holder: client.holder, caller: context.caller }, ended.cost ?? 0);
      const level = stage.kind === 'event' ? 'debug' : 'info';
      client.log[level](
        { ...operationFields(ended), ms: Math.round(Number(ended.seconds) * 10_000) / 10 },
        'operation',
      );
    });
    recordIn(context, record);
    const span = startSpan(context, stage.kind === 'event' ? stage.opening.span : undefined);
    if (stage.kind === 'opening') stage.span = span;
    const answer = () => whileClientWaits(client, context, stage, () => execute(request, context, stage));
    return span ? span.around(answer) : answer();
  }

  async function execute(request: SocketRequest, context: TContext, stage: SubscriptionStage) {
    const answered =
      stage.kind === 'event' ? answerByEventPath({ ...request, event: stage.event }, context) : undefined;
    if (answered) return answered;
    const { body } = await apollo.executeOperation(request, { contextValue: atStage(context, stage) });
    if (body.kind !== 'single') throw new TypeError('no directive for incremental delivery is in the schema');
    return body.singleResult;
  }

  /** Ends the operation when its client leaves or its time is over. */
  async function whileClientWaits(
    { signal, log }: Passing['client'],
    context: TContext,
    stage: SubscriptionStage,
    execute: () => Promise<FormattedExecutionResult>,
  ) {
    let isLate = false;
    const late = (result: FormattedExecutionResult) => {
      isLate = true;
      log.warn({ path: '/graphql' }, 'an operation was not answered in time');
      return result;
    };
    // No client waits for the answer to an event, so the log has no line of it.
    const ignore = watchLeaving(signal, context, stage.kind === 'event' ? undefined : log);
    try {
      const answering = execute();
      return unformatted(
        await deadline.bound(answering, context, (result) => {
          closeLateSource(answering, stage);
          return late(result);
        }),
      );
    } finally {
      ignore();
      const disposed = context.dispose();
      // It waits for resolvers, and one of them may wait for ever.
      if (!isLate) await disposed;
    }
  }

  /** Refuses an operation if the caller has reached a rate. */
  async function refuseBefore(
    { holder, signal }: SocketClient,
    { token }: Authenticated,
  ): Promise<GraphQLError | undefined> {
    // A `complete` can come in the packet of its operation. Nothing of that has been done yet.
    if (signal.aborted) return ABANDONED;
    const { refused } = (await rates?.enter({ holder, caller: token?.caller })) ?? {};
    if (!refused) return undefined;
    const { message, extensions } = refused.error;
    return new GraphQLError(message, { extensions: { ...extensions, retryAfterSeconds: refused.retryAfterSeconds } });
  }

  function tracked<Result>(work: Promise<Result>): Promise<Result> {
    const settled = work.catch(() => undefined).finally(() => running.delete(settled));
    running.add(settled);
    return work;
  }

  return {
    async run({ query, operationName, variables }, client) {
      const { current: currentCaller, subscribe } = client;
      const request = {
        query,
        variables: variables ?? {},
        ...(typeof operationName === 'string' && { operationName }),
      };
      const tooLong = documentBounds.check(query) ?? trustedDocuments?.check(query);
      if (tooLong) return { kind: 'errors', errors: [withoutHttp(tooLong)] };
      const current = await currentCaller();
      if (current === 'refused') return { kind: 'errors', errors: [new GraphQLError('The connection is closed.')] };
      const refused = await refuseBefore(client, current);
      if (refused) return { kind: 'errors', errors: [refused] };
      const { opening, leave } = createOpening(subscribe);
      try {
        const result = await tracked(pass(request, { client, authenticated: current, stage: opening }));
        if (opening.source) {
          const answerEvent = async (event: unknown) => {
            await eventTurns.take(client.holder);
            counts.events.add('answered');
            const now = await currentCaller();
            return now === 'refused'
              ? undefined
              : tracked(pass(request, { client, authenticated: now, stage: { kind: 'event', event, opening } }));
          };
          return { kind: 'events', events: answerEvents(opening.source, { answer: answerEvent, formatError, leave }) };
        }
        leave();
        return toAnswer(result);
      } catch (error) {
        leave();
        throw error;
      }
    },
    async settled() {
      await Promise.all(running);
    },
  };
}

/** Abandons the operation when its client leaves. The answer stops that. */
function watchLeaving(signal: AbortSignal, context: ResourceContext, log: SocketClient['log'] | undefined): () => void {
  const abandon = () => context.abandon?.();
  // The connection closes outside of the operation, and the line is to carry the operation's ids.
  const abandonWithLine = () => {
    abandon();
    log?.info({ path: '/graphql' }, 'the client left before its answer');
  };
  const leave = log ? AsyncResource.bind(abandonWithLine) : abandon;
  signal.addEventListener('abort', leave);
  if (signal.aborted) leave();
  return () => signal.removeEventListener('abort', leave);
}

function toAnswer(result: ExecutionResult): SocketAnswer {
  const { data, errors } = result;
  return data === undefined && errors ? { kind: 'errors', errors } : { kind: 'result', result };
}

/** A source that opens after its client got an error would never be closed. */
function closeLateSource(answering: Promise<unknown>, stage: SubscriptionStage): void {
  if (stage.kind === 'event') return;
  const close = () => stage.source?.[Symbol.asyncIterator]().return?.();
  answering.then(close).catch(() => undefined);
}

/** The first stage of an operation, which takes a place when the operation turns out to be a subscription. */
function createOpening(subscribe: SocketClient['subscribe']) {
  let place: LeavePlace | undefined;
  const opening: OpeningStage = {
    kind: 'opening',
    admit() {
      const taken = subscribe();
      if (typeof taken !== 'function') return taken;
      place = taken;
      return undefined;
    },
  };
  return { opening, leave: () => place?.() };
}

/**
 * The answers to a source's events, until `answer` has none. This is not a generator function, because a generator ignores
 * `return()` while it waits and a source can be silent for hours.
 */
function answerEvents(
  source: AsyncIterable<unknown>,
  options: {
    answer(event: unknown): Promise<ExecutionResult | undefined>;
    readonly formatError: ErrorFormatter;
    /** Called once the source has ended. */
    readonly leave: LeavePlace;
  },
): AsyncGenerator<ExecutionResult, void, void> {
  const { answer, formatError, leave } = options;
  const events = source[Symbol.asyncIterator]();
  const finish = async () => {
    try {
      await events.return?.();
    } catch (error) {
      // The client no longer waits, so it goes to the log alone.
      toSendable(error, formatError);
    } finally {
      leave();
    }
    return { done: true, value: undefined } as const;
  };
  return {
    async next() {
      try {
        const { done, value: event } = await events.next();
        const value = done ? undefined : await answer(event);
        return value === undefined ? await finish() : { done: false, value };
      } catch (error) {
        await finish();
        throw toSendable(error, formatError);
      }
    },
    return: finish,
    async throw(error) {
      await finish();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function toSendable(error: unknown, formatError: ErrorFormatter): GraphQLError | undefined {
  const original = error instanceof GraphQLError ? error : new GraphQLError('', { originalError: toError(error) });
  const { errors = [] } = unformatted(formatResult({ errors: [original] }, formatError));
  return errors[0];
}

function toError(value: unknown): Error {
  return value instanceof Error ? value : new Error('something else than an error was thrown', { cause: value });
}

/**
 * Returns the result in the form of graphql-ws, which sends the `toJSON` of each `GraphQLError`: here the formatted error
 * without a change.
 */
function unformatted({ errors, ...rest }: FormattedExecutionResult): ExecutionResult {
  return errors ? { ...rest, errors: errors.map(toSocketError) } : rest;
}

/** Makes an error of the protocol's library that is sent exactly as it was formatted. */
export function toSocketError(formatted: GraphQLFormattedError): GraphQLError {
  const { message, extensions } = formatted;
  return Object.assign(new GraphQLError(message, { ...(extensions && { extensions }) }), { toJSON: () => formatted });
}

/** The status of an error is for HTTP alone. */
function withoutHttp({ message, extensions: { http: _status, ...extensions } }: GraphQLError): GraphQLError {
  return new GraphQLError(message, { extensions });
}
