import { CONTENDERS } from '../contenders.mjs';
import { checkContender } from './check-contender.mjs';
import { MEASURED_CORE, startChildProcess } from './child-process.mjs';

/**
 * Starts contenders, each in a process on the same core, and checks their answers. One that does not start or answers
 * otherwise is left out and named in `problems`.
 *
 * @param {{ only: readonly string[], sizes: readonly number[], settings: object, issue: Function,
 *   environment?: Record<string, string> }} options
 */
export async function startContestants({ only, sizes, settings, issue, environment = {} }) {
  const contestants = [];
  const problems = [];
  for (const contender of CONTENDERS.filter(({ id }) => only.length === 0 || only.includes(id))) {
    let child;
    const startedAt = performance.now();
    try {
      child = await startChildProcess({
        file: 'harness/contender-process.mjs',
        parameters: { file: contender.file, settings, environment: { ...environment, ...contender.environment } },
        core: MEASURED_CORE,
      });
      const startMs = performance.now() - startedAt;
      const { memoryBytes: idleBytes } = await child.ask('usage');
      const { address } = child.ready;
      const expected = await checkContender(contender, address, { sizes, issue });
      contestants.push({ ...contender, ...child, address, expected, startMs, idleBytes });
    } catch (error) {
      await child?.stop();
      problems.push(`(${contender.id}) ${contender.name}: ${error.message}`);
    }
  }
  return { contestants, problems };
}
