import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { it } from 'vitest';

/** Recorded data is not part of the repository: it lies beside it, where it has been fetched. */
const folder = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));

/**
 * Defines `suite` with the content of a recorded file. Without the file nothing is claimed to have passed: the suite is
 * skipped for a reason, which `NotRunReporter` tells.
 */
export function withRecordedData(file: string, suite: (data: unknown) => void): void {
  if (existsSync(folder + file)) suite(JSON.parse(readFileSync(folder + file, 'utf8')));
  else it('needs recorded data', ({ skip }) => skip(`${file} is not beside the project, in ../shared/data`));
}
