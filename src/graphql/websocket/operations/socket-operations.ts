import { type ExecutionResult, GraphQLError } from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import type { ServerCounts } from '../../../http/metrics/server-counts.js';
import { createTurns } from '../../../http/turns.js';
import type { ErrorFormatter } from '../../apollo/error-format.js';
import type { LeavePlace } from '../../caller-places.js';
import type { Authenticated } from '../../context.js';
import type { DocumentBounds } from '../../documents/document-bounds.js';
import type { TrustedDocuments } from '../../documents/trusted-documents.js';
import { ABANDONED } from '../../execution/abandoned-operation.js';
import type { AnyResource, ResourceContext } from '../../resource.js';
import { answerEvents } from './event-answers.js';
import { createPassOperation, type PassOptions } from './pass-operation.js';
import { createSharedAnswers, operationKey } from './shared-answers.js';
import type { SocketClient } from './socket-client.js';
import { withoutHttp } from './socket-errors.js';
import type { OpeningStage } from './subscription-plugin.js';

/** The answer to an operation: `errors` before anything ran, a result, or a result for each event of a subscription. */
export type SocketAnswer =
  | { readonly kind: 'errors'; readonly errors: readonly GraphQLError[] }
  | { readonly kind: 'result'; readonly result: ExecutionResult }
  | { readonly kind: 'events'; readonly events: AsyncGenerator<ExecutionResult, void, void> };

/** Runs operations that came over WebSockets. */
export interface SocketOperations {
  run(operation: SubscribePayload, client: SocketClient): Promise<SocketAnswer>;
  /** Resolves when no query, mutation or event runs any more. */
  settled(): Promise<void>;
}

/**
 * Creates the runner. Each operation and each event has a context of its own, which is disposed afterwards.
 */
export function createSocketOperations<TContext extends ResourceContext>(
  options: PassOptions<TContext> & {
    readonly documentBounds: Pick<DocumentBounds, 'check'>;
    readonly formatError: ErrorFormatter;
    readonly counts: Pick<ServerCounts, 'events'>;
    readonly trustedDocuments: TrustedDocuments | undefined;
    readonly resource: Pick<AnyResource, 'sharesAnswers'>;
  },
): SocketOperations {
  const { documentBounds, formatError, counts, rates, trustedDocuments, resource } = options;
  const pass = createPassOperation(options);
  const running = new Set<Promise<unknown>>();
  // The reads of events that are answered in one turn share statements and transactions.
  const eventTurns = createTurns({ sharesAll: true });
  const sharedAnswers = createSharedAnswers((event) => resource.sharesAnswers?.(event) === true);

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
    const forget = () => running.delete(work);
    running.add(work);
    work.then(forget, forget);
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
      const holder = { name: client.holder, isKnown: current.token !== undefined };
      try {
        const result = await tracked(pass(request, { client, authenticated: current, stage: opening }));
        if (opening.source) {
          const subscribed = { key: operationKey(request), caller: current.token?.caller, signal: client.signal };
          const answerEvent = (event: unknown) => {
            counts.events.add('answered');
            return sharedAnswers.answer(event, subscribed, () => makeAnswer(event), isGood);
          };
          const currentInTurn = () => {
            const turn = eventTurns.take(holder);
            return turn ? turn.then(currentCaller) : currentCaller();
          };
          const makeAnswer = async (event: unknown) => {
            const now = await currentInTurn();
            if (now === 'refused') return undefined;
            const answering = pass(request, { client, authenticated: now, stage: { kind: 'event', event, opening } });
            running.add(answering);
            try {
              return await answering;
            } finally {
              running.delete(answering);
            }
          };
          // The same answer is written for each subscription, so each takes a turn.
          const isGood = async () => (await currentInTurn()) !== 'refused';
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
      await Promise.allSettled(running);
    },
  };
}

function toAnswer(result: ExecutionResult): SocketAnswer {
  const { data, errors } = result;
  return data === undefined && errors ? { kind: 'errors', errors } : { kind: 'result', result };
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
