import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccessTokenClaims } from '../../../src/authentication/access-token-claims.js';
import { type Connections, createConnections } from '../../../src/database/connections/connections.js';
import { createCallerDatabase } from '../../../src/database/transactions/caller-database.js';
import { userCaller } from '../../support/callers.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { recordStatements } from '../../support/stores/record-statements.js';

const OBJECT_ID = '00000000-0000-4000-8000-000000000001';
const SOMEBODY = { employeeid: "7'--", groups: ['finance', 'travel'], level: 3, extn: { unit: { name: 'a' } } };

let database: TestDatabase;
let connections: Connections;
let statements: string[];

beforeAll(async () => {
  database = await createTestDatabase();
  const claims = ['employeeid', 'groups', 'level', 'extn'];
  connections = createConnections({ url: database.runtimeUrl, poolSize: 1, claims });
  statements = recordStatements(connections.pool);
});
afterAll(async () => {
  await connections.close();
  await database.drop();
});

/** Evaluates SQL in a transaction of a caller. All of them use the same connection. */
async function evaluate(expression: string, claims?: AccessTokenClaims, open = connections): Promise<unknown> {
  const caller = claims && userCaller({ objectId: OBJECT_ID, claims });
  const one = createCallerDatabase<Record<string, never>>(open, caller);
  const { rows } = await sql.raw<{ found: unknown }>(`select ${expression} as found`).execute(one.kysely);
  await one.dispose();
  return rows[0]?.found;
}

describe('claims in row-level security', () => {
  it.each([
    ["entra.claim('employeeid')", "7'--"],
    ["entra.claim('level')", '3'],
    ["entra.claim('groups')::jsonb ->> 1", 'travel'],
    ["entra.claim('extn')::jsonb #>> '{unit,name}'", 'a'],
    ["entra.claim('missing')", null],
    ["entra.has_claim('groups', 'finance')", true],
    ["entra.has_claim('groups', 'fin')", false],
    ["entra.has_claim('employeeid', '7''--')", true],
    ["entra.has_claim('extn', 'unit')", false],
    ["entra.has_claim('level', '3')", false],
    ["entra.has_claim('missing', 'x')", false],
  ])('%s is %j', async (expression, expected) => {
    expect(await evaluate(expression, SOMEBODY)).toBe(expected);
  });

  it('are those that were chosen, and no others', async () => {
    expect(await evaluate("entra.claim('name')", { ...SOMEBODY, name: 'Erin' })).toBeNull();
  });

  it.each([
    ['a character U+0000', 'a\u0000b'],
    ['half a surrogate pair', 'a\ud800'],
    ['such a text within a list', ['a', '\u0000']],
    ['such a text as a name', { unit: { '\udc00': 1 } }],
  ])('are left out with %s, which PostgreSQL cannot read, and the others stay', async (_what, employeeid) => {
    const claims = { ...SOMEBODY, employeeid };
    expect(await evaluate("entra.claim('employeeid')", claims)).toBeNull();
    expect(await evaluate("entra.claim('level')", claims)).toBe('3');
  });

  it('are gone with the transaction, for a caller without them and for an anonymous one', async () => {
    await evaluate("entra.claim('employeeid')", SOMEBODY);
    expect(await evaluate("entra.claim('employeeid')", {})).toBeNull();
    expect(await evaluate("entra.claim('employeeid')")).toBeNull();
    expect(await evaluate("entra.has_claim('groups', 'finance')")).toBe(false);
  });

  it('are none without the setting', async () => {
    const none = createConnections({ url: database.runtimeUrl, poolSize: 1 });
    expect(await evaluate("entra.claim('employeeid')", SOMEBODY, none)).toBeNull();
    await none.close();
  });

  it('are in the values of a statement, never in its text', async () => {
    statements.length = 0;
    await evaluate("entra.has_claim('groups', 'x')", SOMEBODY);
    expect(statements.join()).toContain("set_config('entra.claims', $6, true)");
    expect(statements.join()).not.toMatch(/finance|travel/);
  });
});
