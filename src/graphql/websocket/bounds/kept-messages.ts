import type { DescribeLimit, LimitError, LimitErrorCode } from '../../../config/limit-error.js';
import type { LimitName, Limits } from '../../../config/limits.js';
import type { LeavePlace } from '../../caller-places.js';

/** Bytes that an operation takes beside its message until it is answered, as measured for those that wait for their turn. */
const OPERATION_BYTES = 5_000;

/** Bytes that a value takes beside its text: an empty object. */
const VALUE_BYTES = 100;

/** The sizes of a message. */
export interface SocketMessage {
  readonly length: number;
  /** Bytes that an operation takes until it is answered. */
  readonly bytes: number;
  /** Bytes that a subscription takes while it is open. Undefined: it has too many values to be kept. */
  readonly keptBytes: number | undefined;
}

/** Measures a message. Each unit of a text that is kept may take two bytes. */
export function measureMessage(
  { length }: string,
  values: number,
  { subscriptionValues }: Pick<Limits, 'subscriptionValues'>,
): SocketMessage {
  const ofValues = VALUE_BYTES * values;
  return {
    length,
    bytes: OPERATION_BYTES + length + ofValues,
    keptBytes: values <= subscriptionValues ? 2 * length + ofValues : undefined,
  };
}

/**
 * Bounds what is kept of messages that came over WebSockets, by caller and for all together. It counts operations until they
 * are answered, because a client can send `complete` right behind one: it then no longer counts as one of the connection, but
 * still waits for its turn. It counts subscriptions for as long as they are open.
 */
export interface KeptMessages {
  /**
   * Counts a message.
   *
   * @param holder of `holderOf`
   * @returns the error for the client when the room is used up
   */
  keep(holder: string, bytes: number): LeavePlace | LimitError;
}

/** @param bounds `each` names the bound of one holder, `all` that of all together. `code` is that of an error by the second */
export function createKeptMessages(
  bounds: { readonly each: LimitName; readonly all: LimitName; readonly code: LimitErrorCode },
  limits: Limits,
  describeLimit: DescribeLimit,
): KeptMessages {
  const { each, all, code } = bounds;
  const bytesOf = new Map<string, number>();
  let total = 0;

  function add(holder: string, bytes: number): void {
    total += bytes;
    const sum = (bytesOf.get(holder) ?? 0) + bytes;
    if (sum > 0) bytesOf.set(holder, sum);
    else bytesOf.delete(holder);
  }

  return {
    keep(holder, bytes) {
      const sum = (bytesOf.get(holder) ?? 0) + bytes;
      if (sum > limits[each]) return describeLimit(each, undefined, 'RATE_LIMITED');
      if (total + bytes > limits[all]) return describeLimit(all, undefined, code);
      add(holder, bytes);
      let isKept = true;
      return () => {
        if (isKept) add(holder, -bytes);
        isKept = false;
      };
    },
  };
}
