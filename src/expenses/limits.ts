import type { Limit } from '../config/limits.js';

/** Bounds of the sample resource. `docs/limits.md` shows those of every room with a `limits.ts`. */
export const EXPENSES_LIMITS = {
  pageSize: {
    default: 100,
    unit: 'objects',
    of: 'number of objects in a page (`first`, `last`)',
    reason:
      'Fixed: clients read on with the cursor of a page, so none needs a larger one. A page is read and kept in memory as a whole.',
    beyond: 'error `BAD_USER_INPUT`',
  },
  cursorLength: {
    default: 1_200,
    unit: 'characters',
    of: 'length of a cursor',
    reason: 'Fixed: the longest that the server makes holds a name of 200 characters.',
    beyond: 'error `BAD_USER_INPUT`',
  },
  globalIdLength: {
    default: 100,
    unit: 'characters',
    of: 'length of an id',
    reason: 'Fixed: every id that the server makes is shorter, so a longer one is not even decoded.',
    beyond: 'The object is not found.',
  },
  textLength: {
    default: 200,
    unit: 'characters',
    of: 'length of a title or description',
    reason: 'Fixed: it is a rule of the sample, and its database has the same bound.',
    beyond: 'error `BAD_USER_INPUT`',
  },
  reasonLength: {
    default: 1_000,
    unit: 'characters',
    of: 'length of the reason for a rejection',
    reason: 'Fixed: it is a rule of the sample, and its database has the same bound.',
    beyond: 'error `BAD_USER_INPUT`',
  },
  reportItems: {
    default: 100,
    unit: 'items',
    of: 'number of items in a report',
    reason: 'Fixed: it is a rule of the sample. They are written in one statement and read as one list.',
    beyond: 'error `BAD_USER_INPUT`',
  },
  minorUnits: {
    default: 1_000_000_000_000,
    unit: 'minor units',
    of: 'amount of an item',
    reason: 'Fixed: it is ten billion in a currency with cents. The sum of a hundred items stays far below 2^53.',
    beyond: 'error `BAD_USER_INPUT`',
  },
  eventReads: {
    default: 10_000,
    unit: 'reads',
    of: 'number of remembered reads of changed reports',
    reason: 'Fixed: one that is forgotten is only read again. There is one read for each caller that has subscribed.',
    beyond: 'Those of the report that was read least recently are forgotten, which costs reads and loses nothing.',
  },
  eventReadMilliseconds: {
    default: 5_000,
    unit: 'milliseconds',
    of: 'time for the subscriptions of one caller to share the read of a change',
    reason: 'Fixed: they use it at once unless the server is very busy.',
    beyond: 'The report is read again.',
  },
  eventReadsAhead: {
    default: 8,
    unit: 'changes',
    of: 'number of changes that are read for a subscriber before it asks for them',
    reason: 'Fixed: with more, the changes of a slow subscriber would be read too early, and then once more.',
    beyond: 'The change is read for all who wait for it, when the first of them is ready for it.',
  },
} as const satisfies Readonly<Record<string, Limit>>;
