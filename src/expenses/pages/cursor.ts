import { z } from 'zod';
import { inputError } from '../../api/input.js';
import { isStorable } from '../../database/storable-text.js';
import { EXPENSES_LIMITS } from '../limits.js';

/** Sort keys of lists. Each has its own kind of cursor. */
export type SortKey = 'CREATED_AT' | 'TOTAL' | 'NAME';

/**
 * A place in a sorted list: the value of the sort key, and the id for rows with the same value. It is compared with rows
 * and never looked up, so a forged cursor reveals nothing about hidden rows.
 */
export interface Position {
  readonly value: string | number;
  readonly id: string;
}

const MAX_LENGTH = EXPENSES_LIMITS.cursorLength.default;
const MAX_TIME_MS = 8_640_000_000_000_000;
/** The beginning of PostgreSQL's time (4713 BC) rounded up to a whole year. */
const MIN_TIME_MS = Date.UTC(-4711, 0, 1);

const VALUES = {
  /** Milliseconds since 1970. */
  CREATED_AT: z.int().min(MIN_TIME_MS).max(MAX_TIME_MS),
  TOTAL: z.int(),
  NAME: z.string().max(EXPENSES_LIMITS.textLength.default).refine(isStorable),
} satisfies Record<SortKey, z.ZodType<string | number>>;

/** Opaque text for a position: base64url of `[sort key, value, id]`. */
export function formatCursor(key: SortKey, { value, id }: Position): string {
  return Buffer.from(JSON.stringify([key, value, id])).toString('base64url');
}

/**
 * The position that a cursor stands for.
 *
 * @throws GraphQLError `BAD_USER_INPUT` when it is not a cursor of a list sorted by this key
 */
export function parseCursor(key: SortKey, argument: 'after' | 'before', cursor: string): Position {
  const parsed = z
    .tuple([z.literal(key), VALUES[key], z.guid()])
    .safeParse(cursor.length <= MAX_LENGTH ? decode(cursor) : undefined);
  if (!parsed.success) {
    throw inputError(
      `"${argument}" must be a cursor of this list in this order: take it from an edge or from pageInfo.`,
    );
  }
  const [, value, id] = parsed.data;
  return { value, id };
}

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
