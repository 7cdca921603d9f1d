import type { Caller } from '../authentication/caller.js';
import { LIMITS } from '../config/limits.js';
import type { Connections } from './connections/connections.js';
import { sql } from './kysely.js';
import { toLimitError } from './limit-errors.js';
import type { Queries } from './statements/queries.js';
import { createCallerDatabase } from './transactions/caller-database.js';

/** A use of an audited field, as `src/authorization/audit` reports it. */
export interface RecordedAccess {
  readonly coordinate: string;
  readonly reason: string;
  readonly outcome: 'GRANTED' | 'DENIED' | 'FAILED';
  readonly rows: readonly string[];
  readonly operation: string | undefined;
}

/** Keeps who used which audited field. */
export interface AccessRecord {
  /**
   * Records in the transaction of a change: the change is stored with its entry or not at all.
   *
   * @throws what PostgreSQL answers
   */
  writeWith<Tables>(database: Pick<Queries<Tables>, 'run'>, access: RecordedAccess, caller: Caller): Promise<void>;
  /**
   * Records with the next batch. Where reads need the record, resolves when the entry is stored.
   *
   * @throws CapacityError when the caller has no room for the entry, or when it cannot be stored and reads need it
   */
  write(access: RecordedAccess, caller: Caller): Promise<void>;
  /** Stores what waits, and closes the connection. */
  close(): Promise<void>;
}

/** Log for entries that are lost. */
export interface AccessRecordLogger {
  error(details: object, message: string): void;
}

interface Entry {
  readonly at: string;
  readonly [column: string]: unknown;
  readonly row_ids: readonly string[];
}

interface Waiting {
  readonly entry: Entry;
  /** Gives the place of its caller back. */
  readonly leave: () => void;
  /** Ends the wait of a read. Undefined: no read waits, and the entry is tried again. */
  readonly settle: ((error?: unknown) => void) | undefined;
}

/**
 * Creates the record. Entries that come together are stored together. A reader waits `accessGatherMs` at most, and then for
 * the statement. A whole batch is stored at once, so that callers cannot cause more entries in a second than are stored.
 *
 * A caller has a share of the room for entries. Otherwise one could fill it, and the uses of others would be refused or lost.
 *
 * @param options.connections a connection for the record alone. One of the pool could be held by the reads that wait for it
 * @param options.reads `required`: a value is shown once its entry is stored. `buffered`: it does not wait, and entries that
 *   cannot be stored are tried again as long as there is room
 */
export function createAccessRecord(options: {
  readonly connections: Connections;
  readonly reads: 'required' | 'buffered';
  readonly logger?: AccessRecordLogger | undefined;
  readonly now?: () => Date;
}): AccessRecord {
  const { connections, reads, logger, now = () => new Date() } = options;
  const { limits, describeLimit } = connections;
  const batch = limits.accessBatch;
  const isRequired = reads === 'required';
  const gatherMs = isRequired ? limits.accessGatherMs : limits.bufferedAccessMs;
  let waiting: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;
  let storing: Promise<void> | undefined;
  let hasFailed = false;
  let lost = 0;

  /** Entries that wait, by caller. */
  const places = new Map<string, number>();

  const full = () => toLimitError(describeLimit, 'accessEntries', 'SERVICE_UNAVAILABLE');
  const takePlace = ({ tenantId, objectId }: Caller) => {
    const key = `${tenantId}/${objectId}`;
    const count = (places.get(key) ?? 0) + 1;
    if (count > limits.callerAccessEntries) throw toLimitError(describeLimit, 'callerAccessEntries', 'RATE_LIMITED');
    places.set(key, count);
    return () => {
      const left = (places.get(key) ?? 0) - 1;
      if (left > 0) places.set(key, left);
      else places.delete(key);
    };
  };
  const schedule = () => {
    if (waiting.length === 0 || storing) return;
    if (waiting.length >= batch && !hasFailed) {
      clearTimeout(timer);
      flush();
    } else timer ??= setTimeout(flush, gatherMs);
  };
  const flush = () => {
    timer = undefined;
    storing = storeBatch(waiting.splice(0, batch)).finally(() => {
      storing = undefined;
      tellLost();
      schedule();
    });
  };
  const storeBatch = async (stored: readonly Waiting[]) => {
    const database = createCallerDatabase<unknown>(connections, undefined);
    try {
      await database.write((inside) => insert(inside, mergeEntries(stored.map(({ entry }) => entry))));
      hasFailed = false;
      for (const { leave, settle } of stored) {
        leave();
        settle?.();
      }
    } catch (error) {
      hasFailed = true;
      connections.failures.note(error);
      for (const { leave, settle } of stored) {
        if (settle) leave();
        settle?.(error);
      }
      keep(stored.filter(({ settle }) => !settle));
    } finally {
      await database.dispose();
    }
  };
  const keep = (unsaved: readonly Waiting[]) => {
    waiting = [...unsaved, ...waiting];
    for (const { leave } of waiting.splice(limits.accessEntries)) {
      leave();
      lost += 1;
    }
  };
  /** Writes one line for each try to store, because callers decide how many are lost. */
  const tellLost = () => {
    if (lost > 0) logger?.error({ lost }, 'entries of the access record were lost, because the database takes none');
    lost = 0;
  };

  return {
    writeWith: (database, access, caller) => insert(database, [entryOf(access, caller, now())]),
    async write(access, caller) {
      const entry = entryOf(access, caller, now());
      if (waiting.length >= limits.accessEntries) {
        if (isRequired) throw full();
        lost += 1;
        return;
      }
      const leave = takePlace(caller);
      if (!isRequired) {
        waiting.push({ entry, leave, settle: undefined });
        return schedule();
      }
      await new Promise<void>((resolve, reject) => {
        waiting.push({ entry, leave, settle: (error) => (error === undefined ? resolve() : reject(error)) });
        schedule();
      });
    },
    async close() {
      clearTimeout(timer);
      timer = undefined;
      while (storing) await storing;
      clearTimeout(timer);
      while (waiting.length > 0) {
        const before = waiting.length;
        await storeBatch(waiting.splice(0, batch));
        if (waiting.length >= before) break;
      }
      tellLost();
      if (waiting.length > 0)
        logger?.error({ lost: waiting.length }, 'entries of the access record were lost at the end');
      await connections.close();
    },
  };
}

function entryOf({ coordinate, reason, outcome, rows, operation }: RecordedAccess, caller: Caller, at: Date): Entry {
  const { tenantId, objectId, clientId, kind, agent, claims } = caller;
  return {
    at: at.toISOString(),
    tenant_id: tenantId,
    object_id: objectId,
    kind: kind === 'app-only' ? 'application' : 'user',
    client_id: clientId,
    agent_id: agent?.identityId,
    token_id: typeof claims.uti === 'string' ? claims.uti : undefined,
    operation: operation?.slice(0, LIMITS.operationNameLength.default),
    coordinate,
    reason,
    outcome,
    row_ids: rows,
  };
}

/** Joins entries that differ in their rows and times alone: a list has one entry and not one for each item. */
function mergeEntries(entries: readonly Entry[]): Entry[] {
  const merged = new Map<string, Entry>();
  for (const entry of entries) {
    const { at: _at, row_ids: rows, ...rest } = entry;
    const key = JSON.stringify(rest);
    const first = merged.get(key);
    merged.set(key, first ? { ...first, row_ids: [...new Set([...first.row_ids, ...rows])] } : entry);
  }
  return [...merged.values()];
}

async function insert<Tables>({ run }: Pick<Queries<Tables>, 'run'>, entries: readonly Entry[]): Promise<void> {
  await run('access entries', { entries: JSON.stringify(entries) }, (tables, value) =>
    sql<object>`
      insert into access_entries (at, tenant_id, object_id, kind, client_id, agent_id, token_id, operation, coordinate, reason,
        outcome, row_ids)
      select at, tenant_id, object_id, kind, client_id, agent_id, token_id, operation, coordinate, reason, outcome,
        array(select jsonb_array_elements_text(row_ids))
      from jsonb_to_recordset(${value('entries')}::jsonb) as entry (
        at timestamptz, tenant_id uuid, object_id uuid, kind text, client_id uuid, agent_id uuid, token_id text,
        operation text, coordinate text, reason text, outcome text, row_ids jsonb
      )
    `.compile(tables),
  );
}
