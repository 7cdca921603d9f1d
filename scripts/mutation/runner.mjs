// Stryker's runner for Vitest, with six things made right for this project:
// - A mutant is active from the first import on, and a test covers what its file runs on import. Schemas and tenants are
//   made at the top of most test files; Stryker would run every test for each mutant of what that reaches.
// - The files of one run share a worker, so that graphql and its company are loaded once for each mutant, not for each file.
// - Files that can be expected to find the mutant soon run first: its namesake, those that found its neighbours, quick ones.
// - A file that fails outside its tests (a schema at its top that no longer compiles) has found the mutant.
// - A test is found by its whole name. A file is named once.
// - A test that ran out of time runs once more, for a machine that was busy or asleep finds no mutants.
import { basename } from 'node:path';
import { declareFactoryPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { strykerPlugins as vitestPlugins } from '@stryker-mutator/vitest-runner';
import { KeptWorker } from './kept-worker.mjs';

const [vitest] = vitestPlugins;
const OUT_OF_TIME = /timed out in \d+ms/;

class Runner {
  #runner;
  #durations = new Map();
  /** How many mutants of a source file a test file has found. */
  #finds = new Map();
  #source = '';

  constructor(injector) {
    this.#runner = injector.injectFunction(vitest.factory);
  }

  capabilities() {
    return this.#runner.capabilities();
  }

  async init() {
    await this.#runner.init();
    this.#context.config.sequence.sequencer = this.#sequencer();
    const start = this.#context.start.bind(this.#context);
    this.#context.start = (files) => start(files && this.#narrow(files));
  }

  async dryRun(options) {
    this.#configure({ testTimeout: 60_000 });
    const result = await this.#runner.dryRun(options);
    if (!result.mutantCoverage) return result;
    return { ...result, mutantCoverage: { static: {}, perTest: this.#coverage(result.tests) } };
  }

  async mutantRun(options) {
    this.#configure({ testTimeout: 5000 });
    this.#source = basename(options.sandboxFileName, '.ts');
    const result = await this.#runOnce(options);
    return OUT_OF_TIME.test(result.failureMessage) ? this.#runOnce(options) : result;
  }

  async #runOnce(options) {
    const result = await this.#runner.mutantRun({ ...options, mutantActivation: 'static' });
    for (const file of this.#files) this.#remember(file);
    return result.status === 'survived' ? this.#unlessBroken(result, options) : result;
  }

  #remember({ filepath, result, collectDuration = 0 }) {
    this.#durations.set(filepath, collectDuration + (result?.duration ?? 0));
    const find = this.#source + filepath;
    if (result?.state === 'fail') this.#finds.set(find, (this.#finds.get(find) ?? 0) + 1);
  }

  dispose() {
    return this.#runner.dispose();
  }

  get #context() {
    return this.#runner.ctx;
  }

  get #files() {
    return this.#context.state.getFiles();
  }

  #configure({ testTimeout }) {
    const poolRunner = { name: 'kept', createPoolWorker: (options) => new KeptWorker(options) };
    const changes = { isolate: false, pool: 'kept', poolRunner, testTimeout };
    for (const { config } of this.#context.projects) Object.assign(config, changes);
  }

  /** The runner names a file once for each test, and looks for tests by a part of their names. */
  #narrow(files) {
    for (const { config } of this.#context.projects) {
      if (config.testNamePattern) config.testNamePattern = new RegExp(`^(?:${config.testNamePattern.source})$`);
    }
    return [...new Set(files)];
  }

  #coverage(tests) {
    const perTest = {};
    for (const { filepath, meta } of this.#files) {
      const covered = meta.mutantCoverage;
      if (!covered) continue;
      for (const { id, fileName } of tests) {
        if (fileName !== filepath) continue;
        const name = id.slice(id.indexOf('#'));
        perTest[id] = add(covered.static, covered.perTest[filepath + name]);
      }
    }
    return perTest;
  }

  #unlessBroken(result, { testFilter = [] }) {
    const broken = this.#files.find((file) => file.result?.state === 'fail');
    if (!broken) return result;
    return {
      status: 'killed',
      killedBy: testFilter.filter((id) => broken.filepath.endsWith(`/${id.slice(0, id.indexOf('#'))}`)).slice(0, 1),
      failureMessage: broken.result.errors?.[0]?.message ?? 'The file failed outside its tests.',
      nrOfTests: result.nrOfTests,
    };
  }

  #sequencer() {
    const rank = ({ moduleId }) => {
      if (moduleId.endsWith(`/${this.#source}.test.ts`)) return Number.NEGATIVE_INFINITY;
      const finds = this.#finds.get(this.#source + moduleId) ?? 0;
      return finds > 0 ? -finds : (this.#durations.get(moduleId) ?? 0);
    };
    return class {
      sort(files) {
        return files.toSorted((one, other) => rank(one) - rank(other));
      }
      shard(files) {
        return files;
      }
    };
  }
}

function add(one, other = {}) {
  const sum = { ...one };
  for (const [mutant, hits] of Object.entries(other)) sum[mutant] = (sum[mutant] ?? 0) + hits;
  return sum;
}

function createRunner(injector) {
  return new Runner(injector);
}
createRunner.inject = ['$injector'];

export { strykerValidationSchema } from '@stryker-mutator/vitest-runner';
export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'vitest', createRunner)];
