import type { GraphQLError, GraphQLFormattedError } from 'graphql';
import type { LimitName, Limits } from '../../../config/limits.js';
import { shorten } from '../../apollo/bounded-errors.js';
import { toSocketError } from '../operations/socket-errors.js';

type RefusalLimits = Pick<Limits, 'refusalBytesPerByte' | 'errorMessageLength'>;

/** An `error` message beside its errors and its id. */
const FRAME_BYTES = '{"id":"","type":"error","payload":[]}'.length;

/** For the words and extensions about the errors that are left out. */
const ROOM_FOR_COUNT = 120;
const ROOM_FOR_WORDS = 30;

/**
 * Returns as many errors as fit into the refusal of a message. The last one says how many more there are. A client may repeat
 * a short message with many mistakes hundreds of times a second. Over HTTP such a refusal ends the connection, but here that
 * would end the other operations of the connection too.
 *
 * @param message that is refused: its id, and its number of characters
 */
export function fitRefusal(
  errors: readonly GraphQLError[],
  message: { readonly id: string; readonly length: number },
  limits: RefusalLimits,
): readonly GraphQLError[] {
  const room = limits.refusalBytesPerByte * message.length - FRAME_BYTES - Buffer.byteLength(message.id);
  if (sizeOf(errors) <= room) return errors;
  const fitting = errors.findIndex((_, at) => sizeOf(errors.slice(0, at + 1)) > room - ROOM_FOR_COUNT);
  const shown = errors.slice(0, Math.max(1, fitting)).map((error) => error.toJSON());
  const last = fitting > 0 ? shown.pop() : withoutDetails(shown.pop());
  const more = errors.length - Math.max(1, fitting) + countOfMore(errors.at(-1));
  return [...shown, ...(last ? [withCount(last, more, limits)] : [])].map(toSocketError);
}

/** An error alone can be larger than the refusal of a tiny message. Its text and its code always fit. */
function withoutDetails(error: GraphQLFormattedError | undefined): GraphQLFormattedError | undefined {
  return error && { message: error.message, extensions: { code: error.extensions?.code } };
}

function withCount(error: GraphQLFormattedError, more: number, limits: RefusalLimits): GraphQLFormattedError {
  if (more === 0) return error;
  const words = ` (and ${more} more ${more === 1 ? 'error' : 'errors'})`;
  const message = `${shorten(error.message, limits.errorMessageLength - ROOM_FOR_WORDS)}${words}`;
  const maximum = limits.refusalBytesPerByte;
  const limit = { name: 'refusalBytesPerByte', maximum } satisfies { name: LimitName; maximum: number };
  return { ...error, message, extensions: { ...error.extensions, moreErrors: more, limit } };
}

/** The number of errors that were left out before, which the last error tells. */
function countOfMore(error: GraphQLError | undefined): number {
  const more = error?.extensions.moreErrors;
  return typeof more === 'number' ? more : 0;
}

function sizeOf(errors: readonly GraphQLError[]): number {
  return Buffer.byteLength(JSON.stringify(errors)) - '[]'.length;
}
