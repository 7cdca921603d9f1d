import { findPersona } from '../../dist/expenses/sample-data/personas.js';
import { auditorToken, pageBody, request, USUAL_SIZE } from '../database/reports.mjs';
import { MEASURED_CORE, startChildProcess } from '../harness/child-process.mjs';

/**
 * Measures the memory of one process before and after many callers have each requested a page over PostgreSQL once. One caller
 * sends as many requests beforehand, so that code, connections and statements exist.
 *
 * @returns `{ callers, before, after }`: `{ heapBytes, residentBytes }` after a garbage collection
 */
export async function measureCallers({ database, tenant, issue, load, options }) {
  const { callers } = options.scale;
  const { scopes, roles } = findPersona('ada');
  const server = await startChildProcess({
    file: 'scale/server-process.mjs',
    parameters: { settings: tenant.settings, environment: { DATABASE_URL: database.url } },
    core: MEASURED_CORE,
  });
  try {
    const { address } = server.ready;
    const body = pageBody(USUAL_SIZE);
    const { status, bytes } = await request(address, body, auditorToken(issue));
    const askAll = async (tokensOf) => {
      for (let done = 0; done < callers; done += options.tokensAtOnce) {
        const count = Math.min(options.tokensAtOnce, callers - done);
        const tokens = tokensOf(done, count);
        await load.ask({ address, bodies: [body], tokens, count, expected: { status, bytes } });
      }
      return server.ask('memory');
    };
    const before = await askAll(() => [auditorToken(issue)]);
    const after = await askAll((first, count) =>
      Array.from({ length: count }, (_, index) => issue(first + index, { claims: { scp: scopes.join(' '), roles } })),
    );
    return { callers, before, after };
  } finally {
    await server.stop();
  }
}
