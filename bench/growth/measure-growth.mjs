import { MEASURED_CORE, startChildProcess } from '../harness/child-process.mjs';
import { createRows } from '../harness/rounds.mjs';

/**
 * Measures how start-up, requests, decisions and plans grow with the schema and the document.
 *
 * @returns rows `{ what, by, size, cpu }`: microseconds of CPU time by round
 */
export async function measureGrowth({ options }) {
  const growth = await startChildProcess({ file: 'growth/growth-process.mjs', core: MEASURED_CORE });
  const rows = createRows();
  try {
    for (let round = -options.warmUpRounds.growth; round < options.rounds; round += 1) {
      const measured = await growth.ask(options.growth);
      if (round >= 0) for (const { what, by, size, cpu } of measured) rows.add({ what, by, size }, { cpu });
    }
  } finally {
    await growth.stop();
  }
  return rows.list();
}
