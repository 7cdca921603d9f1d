import { createHash } from 'node:crypto';
import { GraphQLError } from 'graphql';
import { LIMITS } from '../../config/limits.js';
import { isJsonObject } from '../../values/is-object.js';
import { sql } from '../kysely.js';
import type { Queries } from '../statements/queries.js';

/** A change that its caller may send again. */
export interface RepeatableChange {
  /** The `idempotencyKey` that the client chose. Without one the change is made each time. */
  readonly key: string | null | undefined;
  /** Name of the mutation. */
  readonly field: string;
  /** Coerced input, without the key. */
  readonly input: unknown;
}

/** Runs a change, and reads its result again when the change was made before. */
export interface ChangeRuns<Result> {
  make(): Promise<Result>;
  /** Reads with the rights that the caller has now. */
  readAgain(id: string): Promise<Result | undefined>;
}

/**
 * Makes a change at most once for each key of a caller. The key and the id of the result are stored in the transaction of
 * the change, so either all of it is stored or nothing. A second change with the same key waits for the first one.
 *
 * @param database of the change's transaction
 * @throws GraphQLError `IDEMPOTENCY_KEY_REUSED` when the key came with another input, `BAD_USER_INPUT`
 */
export async function changeOnce<Result extends { readonly id: string }, Tables>(
  database: Pick<Queries<Tables>, 'run'>,
  { key, field, input }: RepeatableChange,
  { make, readAgain }: ChangeRuns<Result>,
): Promise<Result> {
  if (key === null || key === undefined) return make();
  requireUsableKey(key);
  const inputHash = createHash('sha256').update(canonicalJson(input)).digest();
  for (;;) {
    if (await takeKey(database, { key, field, inputHash })) {
      const result = await make();
      await storeResult(database, key, result.id);
      return result;
    }
    const earlier = await readKey(database, key);
    // Undefined: the key grew a day old and was removed in between.
    if (earlier) return readEarlier(earlier.field === field && earlier.inputHash.equals(inputHash), earlier, readAgain);
  }
}

interface EarlierChange {
  readonly field: string;
  readonly inputHash: Buffer;
  readonly resultId: string;
}

async function readEarlier<Result>(
  isSame: boolean,
  { resultId }: EarlierChange,
  readAgain: ChangeRuns<Result>['readAgain'],
): Promise<Result> {
  if (!isSame) {
    throw new GraphQLError(
      'This idempotencyKey was used for another input in the last day. Send a new key with a new change.',
      { extensions: { code: 'IDEMPOTENCY_KEY_REUSED' } },
    );
  }
  const result = await readAgain(resultId);
  if (result) return result;
  throw badInput('The change with this idempotencyKey was made, and you may not see its result any more.');
}

const MAX_LENGTH = LIMITS.idempotencyKeyLength.default;

/** Refuses control characters too, because PostgreSQL cannot store U+0000. */
function requireUsableKey(key: string): void {
  if (key.length <= MAX_LENGTH && /^[\x21-\x7e]+$/.test(key)) return;
  throw badInput(`"idempotencyKey" must have 1 to ${MAX_LENGTH} visible ASCII characters, such as a UUID.`);
}

/** Stores the key unless it is stored. Waits for another transaction that has just stored it. */
async function takeKey<Tables>(
  { run }: Pick<Queries<Tables>, 'run'>,
  values: { readonly key: string; readonly field: string; readonly inputHash: Buffer },
): Promise<boolean> {
  const rows = await run('take idempotency key', values, (tables, value) =>
    sql<object>`
      insert into idempotency_keys (key, field, input_hash)
      values (${value('key')}, ${value('field')}, ${value('inputHash')})
      on conflict do nothing
      returning key
    `.compile(tables),
  );
  return rows.length > 0;
}

async function storeResult<Tables>(
  { run }: Pick<Queries<Tables>, 'run'>,
  key: string,
  resultId: string,
): Promise<void> {
  await run('result of idempotency key', { key, resultId }, (tables, value) =>
    sql<object>`
      update idempotency_keys set result_id = ${value('resultId')} where key = ${value('key')}
        and tenant_id = entra.tenant_id() and object_id = entra.object_id()
    `.compile(tables),
  );
}

async function readKey<Tables>({ run }: Pick<Queries<Tables>, 'run'>, key: string): Promise<EarlierChange | undefined> {
  const [row] = await run('idempotency key', { key }, (tables, value) =>
    sql<EarlierChange>`
      select field, input_hash as "inputHash", result_id as "resultId" from idempotency_keys
      where key = ${value('key')} and tenant_id = entra.tenant_id() and object_id = entra.object_id()
    `.compile(tables),
  );
  return row;
}

/** Formats a value so that the order of members does not matter. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    isJsonObject(member) ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1))) : member,
  );
}

function badInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}
