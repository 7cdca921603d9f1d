import { DatabaseSetupError } from '../database-errors.js';

/**
 * Waits for all checks, so that one start reports every problem.
 *
 * @throws DatabaseSetupError with the problems of all checks, or the first error of another class
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
