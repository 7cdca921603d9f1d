import { createHash } from 'node:crypto';
import type { ExecutionResult } from 'graphql';
import type { Caller } from '../../../authentication/caller.js';
import { hasUndecidedRoles } from '../../undecided-caller.js';
import type { SocketRequest } from './pass-operation.js';

/** An answer that is being made. Undefined: the token is no longer good. */
type Answer = Promise<ExecutionResult | undefined>;

/** What others get of an answer. It never rejects, and they do not wait for a client that has left. */
type ForOthers = Promise<ExecutionResult | 'none' | 'failed'>;

/** One subscription, as far as it decides its answers. */
export interface Subscribed {
  /** As `operationKey` returns it. */
  readonly key: string;
  /** Caller of the token with which the subscription was opened: the same object for the same token. Undefined: anonymous. */
  readonly caller: Caller | undefined;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
}

/** Makes one answer for subscriptions that would get the same one at the same time. */
export interface SharedAnswers {
  /**
   * @param make makes the answer
   * @param isGood verifies the token of a subscription that gets the answer of another one
   */
  answer(event: unknown, subscribed: Subscribed, make: () => Answer, isGood: () => Promise<boolean>): Answer;
}

/**
 * Creates the answers. Subscriptions share one only if they have the same access token, the same operation with the same
 * variables, and the same event. Two callers never share one, and neither do two tokens of one caller. An answer is shared
 * while it is made and then forgotten, so none is kept for a client that reads slowly.
 *
 * A subscription depends on no other client. If the client leaves for which an answer is made, another subscription makes it
 * at once. If making it fails, each of the others makes its own.
 *
 * @param isShareable returns whether an event was read for one change (`Resource.sharesAnswers`)
 */
export function createSharedAnswers(isShareable: (event: unknown) => boolean): SharedAnswers {
  const byEvent = new WeakMap<object, Map<Caller, Map<string, ForOthers>>>();

  /** Returns the answers to an event that are being made for a token. */
  function answersOf(event: object, caller: Caller): Map<string, ForOthers> {
    const byCaller = byEvent.get(event) ?? new Map<Caller, Map<string, ForOthers>>();
    const answers = byCaller.get(caller) ?? new Map<string, ForOthers>();
    byEvent.set(event, byCaller.set(caller, answers));
    return answers;
  }

  return {
    async answer(event, { key, caller, signal }, make, isGood) {
      const mayShare = caller && !hasUndecidedRoles(caller) && isObject(event) && isShareable(event);
      if (!mayShare) return make();
      const answers = answersOf(event, caller);
      for (let others = answers.get(key); others; others = answers.get(key)) {
        const result = await others;
        // With one more failure after the other, the last one would wait for all of them.
        if (result === 'failed') return make();
        if (result !== 'none') return (await isGood()) ? result : undefined;
      }
      const making = make();
      const forOthers = untilLeft(making, signal);
      answers.set(key, forOthers);
      void forOthers.then(() => answers.delete(key));
      // What was made for a client that has left is an error.
      return making.then((result) => (signal.aborted ? undefined : result));
    },
  };
}

/** Resolves when the answer is made or fails, or its client leaves. */
function untilLeft(making: Answer, signal: AbortSignal): ForOthers {
  return new Promise((resolve) => {
    const leave = () => resolve('none');
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave);
    making
      .then(
        (result) => resolve(result ?? 'none'),
        () => resolve('failed'),
      )
      .finally(() => signal.removeEventListener('abort', leave));
  });
}

/** Returns a short text that is the same for the same operation with the same variables. */
export function operationKey({ query, operationName, variables }: SocketRequest): string {
  const text = JSON.stringify([query, operationName, variables]);
  return createHash('sha256').update(text).digest('base64');
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
