import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { it } from 'vitest';

/** Recorded data is not part of the repository: it lies beside it, where it has been fetched. */
const folder = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

/**
 * Runs `suite` with the content of a recorded file. Without the file it says in the report that the suite was not run,
 * and why; that is no failure.
 */
export function withRecordedData(file: string, suite: (data: unknown) => void): void {
  if (existsSync(folder + file)) suite(JSON.parse(readFileSync(folder + file, 'utf8')));
  else it(`NOT RUN: the recorded data ${file} is not beside the project, in ../shared/data`, () => {});
}
