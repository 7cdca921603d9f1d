import type { DescribeLimit, LimitError } from '../../../config/limit-error.js';
import type { Limits } from '../../../config/limits.js';
import type { LeavePlace } from '../../caller-places.js';

/** Bytes that an operation takes beside its message until it is answered, as measured for those that wait for their turn. */
const OPERATION_BYTES = 5_000;

/** Bytes that a value takes beside its text: an empty object. */
const VALUE_BYTES = 100;

/** Returns how many bytes an operation takes until it is answered. */
export function operationBytes(message: string, values: number): number {
  return OPERATION_BYTES + message.length + VALUE_BYTES * values;
}

/**
 * Bounds what is kept of operations that came over WebSockets until they are answered, by caller and for all together. A
 * client can send `complete` right behind an operation. It then no longer counts as one of the connection, but still waits
 * for its turn.
 */
export interface KeptMessages {
  /**
   * Counts an operation.
   *
   * @param holder of `holderOf`
   * @returns the error for the client when there is no room
   */
  keep(holder: string, bytes: number): LeavePlace | LimitError;
}

export function createKeptMessages(
  limits: Pick<Limits, 'incomingBytes' | 'addressIncomingBytes'>,
  describeLimit: DescribeLimit,
): KeptMessages {
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
      if (sum > limits.addressIncomingBytes) return describeLimit('addressIncomingBytes', undefined, 'RATE_LIMITED');
      if (total + bytes > limits.incomingBytes) return describeLimit('incomingBytes', undefined, 'SERVICE_UNAVAILABLE');
      add(holder, bytes);
      return () => add(holder, -bytes);
    },
  };
}
