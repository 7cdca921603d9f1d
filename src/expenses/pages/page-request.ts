import { inputError } from '../../api/input.js';
import { EXPENSES_LIMITS } from '../limits.js';
import { type Position, parseCursor, type SortKey } from './cursor.js';

/** Arguments of a list, as the schema has them (GraphQL Cursor Connections Specification s.4). */
export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** Which part of a sorted list is asked for. */
export interface PageRequest {
  readonly key: SortKey;
  readonly direction: 'asc' | 'desc';
  readonly size: number;
  /** `last` was given: the page ends at the end of the list or at `before`. */
  readonly fromEnd: boolean;
  readonly after: Position | undefined;
  readonly before: Position | undefined;
}

const DEFAULT_SIZE = 20;
const MAX_SIZE = EXPENSES_LIMITS.pageSize.default;

/**
 * Checks the arguments of a list.
 *
 * @throws GraphQLError `BAD_USER_INPUT`
 */
export function parsePageRequest(
  { first, after, last, before }: PageArguments,
  order: Pick<PageRequest, 'key' | 'direction'>,
): PageRequest {
  if (isGiven(first) && isGiven(last)) throw inputError('Give either "first" or "last", not both.');
  return {
    ...order,
    size: parseSize('last', last) ?? parseSize('first', first) ?? DEFAULT_SIZE,
    fromEnd: isGiven(last),
    after: isGiven(after) ? parseCursor(order.key, 'after', after) : undefined,
    before: isGiven(before) ? parseCursor(order.key, 'before', before) : undefined,
  };
}

/**
 * Checks the size of a page, which may be left out.
 *
 * @throws GraphQLError `BAD_USER_INPUT`
 */
export function parseSize(argument: 'first' | 'last', size: number | null | undefined): number | undefined {
  if (!isGiven(size)) return undefined;
  if (size >= 1 && size <= MAX_SIZE) return size;
  throw inputError(`"${argument}" must be from 1 to ${MAX_SIZE}.`);
}

/** In GraphQL a variable that is null and one that is left out mean the same to most clients. */
function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}
