import { MEASURED_CORE, startChildProcess } from '../harness/child-process.mjs';
import { median } from '../report/statistics.mjs';
import { auditorToken, authorToken, JOBS, pageBody, reportBody, submitBody } from './reports.mjs';

/**
 * Notes what the server sends to PostgreSQL for each kind of request.
 *
 * @returns rows `{ n, roundTrips, statements: { text, microseconds }[] }`: the median of the measured requests
 */
export async function noteStatements({ tenant, issue, reportId, drafts, database, options }) {
  const noting = await startNoting({ tenant, database });
  await drafts.reset();
  const [auditor, author] = [auditorToken(issue), authorToken(issue)];
  const requestOf = (n, time) => {
    if (n === 'submit') return { body: submitBody(drafts.ids[time]), token: author };
    return { body: n === 'report' ? reportBody(reportId) : pageBody(n), token: auditor };
  };
  try {
    const rows = [];
    for (const n of JOBS) {
      const requests = [];
      for (let time = 0; time < options.drafts; time += 1) requests.push(await noting.ask(requestOf(n, time)));
      rows.push({ n, ...combine(n, requests) });
    }
    return rows;
  } finally {
    await noting.stop();
  }
}

/** Starts a server that notes what it sends, see `statement-process.mjs`. */
export function startNoting({ tenant, database }) {
  return startChildProcess({
    file: 'database/statement-process.mjs',
    parameters: { settings: tenant.settings, environment: { DATABASE_URL: database.url } },
    core: MEASURED_CORE,
  });
}

/** @throws Error when two requests for the same did not send the same */
function combine(n, requests) {
  const [{ roundTrips, statements }] = requests;
  const shapeOf = (one) => JSON.stringify([one.roundTrips, one.statements.map(({ text }) => text)]);
  const shape = shapeOf(requests[0]);
  const other = requests.find((one) => shapeOf(one) !== shape);
  if (other) throw new Error(`a request for ${n} reports sent ${shape}, another one ${shapeOf(other)}`);
  return {
    roundTrips,
    statements: statements.map(({ text }, index) => ({
      text,
      microseconds: median(requests.map((one) => one.statements[index].microseconds)),
    })),
  };
}
