import { growthTable, hostileTable, policyTable } from './tables/authorization-tables.mjs';
import { databaseTables } from './tables/database-tables.mjs';
import {
  boundsTable,
  deniedTable,
  goalsTable,
  memoryTable,
  refusalTable,
  requestTables,
} from './tables/request-tables.mjs';
import { scaleTables } from './tables/scale-tables.mjs';
import {
  floodTable,
  tokenGoalsTable,
  tokenMemoryTable,
  tokenRefusalTable,
  tokenTable,
} from './tables/token-tables.mjs';

/**
 * The tables of a part, from its run. Cells are text; the first column names the row.
 *
 * @type {Record<keyof typeof import('../parts.mjs').PARTS, (run: any) => { title: string, head: string[], rows: string[][] }[]>}
 */
export const TABLES = {
  known: (run) => [
    goalsTable(run, 'one'),
    deniedTable(run),
    goalsTable(run, 'denied'),
    ...requestTables(run),
    memoryTable(run),
  ],
  callers: requestTables,
  unseen: (run) => [goalsTable(run, 'unseen'), ...requestTables(run)],
  bounds: (run) => [boundsTable(run)],
  refusals: (run) => [refusalTable(run)],
  tokens: (run) => [
    tokenGoalsTable(run),
    tokenTable(run),
    tokenRefusalTable(run),
    floodTable(run),
    tokenMemoryTable(run),
  ],
  authorization: (run) => [
    growthTable(run),
    ...(run.policies.length > 0 ? [policyTable(run)] : []),
    ...(run.hostile.length > 0 ? [hostileTable(run)] : []),
  ],
  database: ({ database }) => databaseTables(database),
  scale: ({ scale }) => scaleTables(scale),
};
