import { openDatabase } from '../database/open-database.mjs';
import { MEASURED_CORE, startChildProcess } from '../harness/child-process.mjs';
import { createRows } from '../harness/rounds.mjs';

/**
 * Measures what policies cost for each item of a list, also of one that reads PostgreSQL.
 *
 * @returns rows `{ name, more, alone }`: microseconds of CPU time of the server by round
 */
export async function measurePolicies({ options }) {
  const database = await openDatabase();
  const rows = createRows();
  let policies;
  try {
    policies = await startChildProcess({
      file: 'policies/policies-process.mjs',
      parameters: { databaseUrl: database.superuserUrl },
      core: MEASURED_CORE,
    });
    for (let round = -options.warmUpRounds.policies; round < options.rounds; round += 1) {
      const measured = await policies.ask(options.policies);
      if (round >= 0) for (const { name, more, alone } of measured) rows.add({ name }, { more, alone });
    }
  } finally {
    await policies?.stop();
    await database.close();
  }
  return rows.list();
}
