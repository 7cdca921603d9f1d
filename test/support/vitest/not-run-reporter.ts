import { stdout } from 'node:process';
import type { Reporter, TestModule } from 'vitest/node';

/**
 * Says at the end which tests were skipped for a reason, and for which: Vitest's own report only counts them. Those that
 * were left out by a filter have no reason and are not named.
 */
export class NotRunReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const module of modules) {
      for (const test of module.children.allTests('skipped')) {
        const result = test.result();
        if (result.state !== 'skipped' || result.note === undefined) continue;
        stdout.write(`NOT RUN  ${module.relativeModuleId} > ${test.fullName}: ${result.note}\n`);
      }
    }
  }
}
