import type { Finding } from './finding.js';

/** Asks the running `dev` about its database, whose address changes with each start. */
export async function checkDevelopmentServer(port: number): Promise<Finding[]> {
  const address = `http://127.0.0.1:${port}/readyz`;
  const answer = await fetch(address, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
  const check = 'database';
  if (answer?.status === 200) return [{ check, status: 'ok', seen: `ready, says ${address}` }];
  if (!answer) {
    const advice = 'Start "npm run dev", or set DATABASE_URL.';
    return [{ check, status: 'warn', seen: `not looked at: no development server answers at ${address}`, advice }];
  }
  return [
    { check, status: 'fail', seen: `${address} answers ${answer.status}`, advice: 'See the log of "npm run dev".' },
  ];
}
