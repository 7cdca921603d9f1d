import { MEASURED_CORE, startChildProcess } from '../harness/child-process.mjs';
import { createRows } from '../harness/rounds.mjs';
import { badTokens } from '../workload/access-tokens.mjs';
import { startPyJwt } from './start-pyjwt.mjs';

/**
 * Measures the verification of one token, outside any server. Each round has tokens of its own: seen for the first time
 * (`miss`), then once more by those that keep what they have verified (`hit`); and bad ones.
 *
 * @returns `{ rows, pyJwt }`: rows `{ name, what, cpu }`, microseconds of CPU time a token by round; PyJWT's version, or
 *   why it was left out
 */
export async function measureTokens({ tenant, issue, options }) {
  const { settings, signing } = tenant;
  const parameters = { settings, publicKey: signing.publicKey, jwk: signing.jwk };
  const verifiers = await startChildProcess({ file: 'tokens/token-process.mjs', parameters, core: MEASURED_CORE });
  const pyJwt = await startPyJwt(parameters);
  const bad = transpose(Array.from({ length: options.badTokens }, (_, caller) => badTokens(issue, caller)));
  const rows = createRows();
  try {
    for (let round = -options.warmUpRounds.tokens; round < options.rounds; round += 1) {
      const tokens = Array.from({ length: options.tokens }, (_, caller) => issue(caller));
      const ours = await verifiers.ask({ round, tokens, bad, floodCount: options.floodTokens });
      const measured = [...ours, ...((await pyJwt.ask?.(tokens)) ?? [])];
      if (round < 0) continue;
      for (const { name, what, cpu } of measured) rows.add({ name, what }, { cpu });
    }
  } finally {
    await verifiers.stop();
    pyJwt.stop?.();
  }
  return { rows: rows.list(), pyJwt: pyJwt.version ?? `left out: ${pyJwt.skipped}` };
}

/** From a list of one bad token of each kind to a list for each kind. */
function transpose(list) {
  return Object.fromEntries(Object.keys(list[0]).map((kind) => [kind, list.map((tokens) => tokens[kind])]));
}
