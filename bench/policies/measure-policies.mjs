import { MEASURED_CORE, startChildProcess } from '../harness/child-process.mjs';
import { createRows } from '../harness/rounds.mjs';

/**
 * Measures what policies cost for each item of a list.
 *
 * @returns rows `{ name, more, alone }`: microseconds of CPU time by round
 */
export async function measurePolicies({ options }) {
  const policies = await startChildProcess({ file: 'policies/policies-process.mjs', core: MEASURED_CORE });
  const rows = createRows();
  try {
    for (let round = -options.warmUpRounds.policies; round < options.rounds; round += 1) {
      const measured = await policies.ask(options.policies);
      if (round >= 0) for (const { name, more, alone } of measured) rows.add({ name }, { more, alone });
    }
  } finally {
    await policies.stop();
  }
  return rows.list();
}
