import { DatabaseSetupError } from '../database-errors.js';

/**
 * Waits for all checks, so that one start finds every problem. A setting that is corrected does not lead to the next error.
 *
 * @throws DatabaseSetupError with the problems of all checks; an error of another kind in its place
 */
export async function checkAll(checks: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(checks);
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  const problems = errors.flatMap((error) => {
    if (error instanceof DatabaseSetupError) return error.problems;
    throw error;
  });
  if (problems.length > 0) throw new DatabaseSetupError([...new Set(problems)]);
}
