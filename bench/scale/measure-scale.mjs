import { openDatabase } from '../database/open-database.mjs';
import { tenantId } from '../database/reports.mjs';
import { startLoad } from '../harness/start-load.mjs';
import { createTokenIssuer } from '../workload/access-tokens.mjs';
import { startTenant } from '../workload/tenant.mjs';
import { measureCallers } from './measure-callers.mjs';
import { measureProcesses } from './measure-processes.mjs';
import { measureRows } from './measure-rows.mjs';
import { measureSubscriptions } from './measure-subscriptions.mjs';

/**
 * Measures several processes, many subscriptions, many callers, and many rows. What cannot be had on this machine is named in
 * `problems`.
 *
 * @returns `{ processes?, subscriptions, callers, rows, plans }`, see the files of each
 */
export async function measureScale({ options, problems }) {
  const database = await openDatabase();
  const tenant = await startTenant(tenantId);
  const load = await startLoad(options);
  const bench = { database, tenant, issue: createTokenIssuer(tenant), load, options };
  try {
    const processes = await measureProcesses(bench).catch(({ message }) => {
      problems.push(`several processes: ${message}`);
    });
    const subscriptions = await measureSubscriptions(options.scale);
    const callers = await measureCallers(bench);
    return { processes, subscriptions, callers, ...(await measureRows(bench)) };
  } finally {
    await load.stop();
    tenant.close();
    await database.close();
  }
}
