// Verifiers of access tokens, in a process of their own. A question is one round; the answer is microseconds of CPU time
// a token, thread pool and garbage collection included.
import { serveParent } from '../harness/child-process.mjs';
import { rotated } from '../harness/rounds.mjs';
import { createVerifiers } from './verifiers.mjs';

const verifiers = await createVerifiers(JSON.parse(process.argv[2]));
/** The two whose refusals are compared. */
const refusing = ['entra-graphql', 'jsonwebtoken + jwks-rsa'].filter((name) => verifiers[name]);

serveParent({}, async ({ round, tokens, bad, floodCount }) => {
  const rows = [];
  for (const [name, { verify, keeps }] of rotated(Object.entries(verifiers), round)) {
    rows.push({ name, what: 'miss', cpu: await measure(tokens, verify) });
    if (keeps) rows.push({ name, what: 'hit', cpu: await measure(tokens, verify) });
  }
  for (const [kind, list] of Object.entries(bad)) {
    for (const name of refusing) {
      const { verify, prepare = (token) => token, refuse = refusedBy(verify) } = verifiers[name];
      rows.push({ name, what: kind, cpu: await measure(list.map(prepare), refuse) });
    }
  }
  if (verifiers['entra-graphql']) rows.push(...(await measureFlood(bad, floodCount)));
  return rows;
});

/** Measures our checks, alone and with the header, on one token of each kind, so that code and token stay in the processor's cache. */
async function measureFlood(bad, count) {
  const { lookup, prepare, refuse } = verifiers['entra-graphql'];
  const rows = [];
  for (const [kind, [token]] of Object.entries(bad)) {
    const request = prepare(token);
    const check = async () =>
      lookup(request)
        .verify()
        .catch(() => {});
    await refuse(request);
    const times = Array(count).fill(request);
    rows.push({ name: 'flood, checks alone', what: kind, cpu: await measure(times, check) });
    rows.push({ name: 'flood', what: kind, cpu: await measure(times, refuse) });
  }
  return rows;
}

async function measure(tokens, verify) {
  const before = process.cpuUsage();
  for (const token of tokens) {
    const answer = verify(token);
    if (answer instanceof Promise) await answer;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / tokens.length;
}

/** Expects a refusal, and fails on a token that is accepted. */
function refusedBy(verify) {
  return async (token) => {
    try {
      await verify(token);
    } catch {
      return;
    }
    throw new Error('a bad token was accepted');
  };
}
