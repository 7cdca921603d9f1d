import { stderr } from 'node:process';
import type { Reporter, TestModule, Vitest } from 'vitest/node';
import { hasTitle, isFile, namedTest, readCases, TABLES } from './cases.js';

/**
 * Fails a run in which a test that a case names did not run. It looks at the files that ran, so that a part of the tests
 * can run alone.
 */
export class CaseReporter implements Reporter {
  #isFiltered = false;

  onInit(vitest: Vitest): void {
    this.#isFiltered = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    if (this.#isFiltered) return;
    const files = modules
      .filter((module) => module.errors().length === 0)
      .map((module) => ({ path: module.relativeModuleId, names: namesThatRan(module) }));
    for (const { number, shownBy } of TABLES.flatMap(readCases)) {
      for (const { file, title } of shownBy.map(namedTest)) {
        const names = files.find(({ path }) => isFile(path, file))?.names;
        if (!names || names.some((name) => hasTitle(name, title))) continue;
        stderr.write(`NOT SHOWN  case ${number}: no test of ${file} ran with the title "${title}"\n`);
        process.exitCode = 1;
      }
    }
  }
}

function namesThatRan(module: TestModule): string[] {
  return [...module.children.allTests()]
    .filter((test) => test.result().state !== 'skipped')
    .map(({ fullName }) => fullName);
}
