import { MEASURED_CORE, startChildProcess } from '../harness/child-process.mjs';
import { createRows } from '../harness/rounds.mjs';

/**
 * Measures hostile operations, over doublings of their size: what doubles must not cost more than twice as much.
 *
 * @returns rows `{ what, size, cpu }`: microseconds of CPU time by round
 */
export async function measureHostile({ options }) {
  const hostile = await startChildProcess({ file: 'hostile/hostile-process.mjs', core: MEASURED_CORE });
  const rows = createRows();
  try {
    for (let round = -options.warmUpRounds.hostile; round < options.rounds; round += 1) {
      const measured = await hostile.ask({ sizes: options.hostile });
      if (round >= 0) for (const { what, size, cpu } of measured) rows.add({ what, size }, { cpu });
    }
  } finally {
    await hostile.stop();
  }
  return rows.list();
}
