import { createHash } from 'node:crypto';
import type { ExecutionResult } from 'graphql';
import type { Caller } from '../../../authentication/caller.js';
import { isObject } from '../../../values/is-object.js';
import { hasUndecidedRoles } from '../../undecided-caller.js';
import type { SocketRequest } from './pass-operation.js';

/** An answer that is being made. Undefined: the token is no longer good. */
type Answer = Promise<ExecutionResult | undefined>;

/** The answer as other subscriptions get it. Never rejects. Resolves to `none` when the client leaves for which it is made. */
type ForOthers = Promise<ExecutionResult | 'none' | 'failed'>;

interface Making {
  readonly answer: Answer;
  /** Aborted when the client leaves for which it is made. */
  readonly signal: AbortSignal;
  /** Made when another subscription waits for it. */
  forOthers?: ForOthers;
}

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
  const byCaller = new WeakMap<Caller, Map<object, Map<string, Making>>>();

  /** Returns the answers that are being made for a token, by event and operation. */
  function answersFor(caller: Caller): Map<object, Map<string, Making>> {
    const known = byCaller.get(caller) ?? new Map<object, Map<string, Making>>();
    byCaller.set(caller, known);
    return known;
  }

  return {
    // Not an async function, which would add a promise to each answer. Most answers are not shared.
    answer(event, { key, caller, signal }, make, isGood) {
      const mayShare = caller && !hasUndecidedRoles(caller) && isObject(event) && isShareable(event);
      if (!mayShare) return make();
      const asked = { byEvent: answersFor(caller), event, key, signal, make, isGood };
      return currentOf(asked) ? takeOther(asked) : makeFirst(asked);
    },
  };
}

/** An event for a subscription, and the answers that are being made for its token. */
interface Asked extends Pick<Subscribed, 'key' | 'signal'> {
  readonly byEvent: Map<object, Map<string, Making>>;
  readonly event: object;
  make(): Answer;
  isGood(): Promise<boolean>;
}

function currentOf({ byEvent, event, key }: Asked): Making | undefined {
  return byEvent.get(event)?.get(key);
}

function forget({ byEvent, event, key }: Asked, making: Making): void {
  const answers = byEvent.get(event);
  if (answers?.get(key) !== making) return;
  answers.delete(key);
  if (answers.size === 0) byEvent.delete(event);
}

async function makeFirst(asked: Asked): Answer {
  const { byEvent, event, key, signal } = asked;
  const making: Making = { answer: asked.make(), signal };
  const answers = byEvent.get(event) ?? new Map<string, Making>();
  byEvent.set(event, answers.set(key, making));
  try {
    const result = await making.answer;
    // What was made for a client that has left is an error.
    return signal.aborted ? undefined : result;
  } finally {
    forget(asked, making);
  }
}

async function takeOther(asked: Asked): Answer {
  for (let making = currentOf(asked); making; making = currentOf(asked)) {
    making.forOthers ??= untilLeft(making);
    const result = await making.forOthers;
    // With one more failure after the other, the last one would wait for all of them.
    if (result === 'failed') return asked.make();
    if (result !== 'none') return (await asked.isGood()) ? result : undefined;
    forget(asked, making);
  }
  return makeFirst(asked);
}

/** Resolves when the answer is made or fails, or its client leaves. */
function untilLeft({ answer, signal }: Making): ForOthers {
  return new Promise((resolve) => {
    const leave = () => resolve('none');
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave);
    answer
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
