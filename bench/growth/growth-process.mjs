// How the cost of authorization grows, in a process of its own. A question is one round; the answer is microseconds of
// CPU time, by what is measured and what grows.
import { createAuthorization } from '../../dist/authorization/authorization.js';
import { execute } from '../../node_modules/graphql/index.js';
import { serveParent } from '../harness/child-process.mjs';
import { collectGarbage } from '../harness/collect-garbage.mjs';
import { documentOf, newCaller, protectedSchema, rootValue } from './schemas.mjs';

const TIMES = 3000;

serveParent({}, async ({ fields, requirements, documents }) => [
  ...(await inTurn('protected fields', fields, ofProtectedFields)),
  ...(await inTurn('distinct requirements', requirements, ofRequirements)),
  ...(await inTurn('fields of a document', documents, ofDocument)),
]);

/** Start-up is compiling the rules and building guards; a request is checking and executing a query for ten fields. */
async function ofProtectedFields(size) {
  const schema = protectedSchema({ fields: size });
  const times = Math.ceil(TIMES / 10 / size);
  const startUp = await measure(times, () => createAuthorization({ schema }));
  return { 'start-up': startUp, request: await measureRequest({ fields: size }) };
}

/** A new token's first request makes decisions; the next ones find them. */
async function ofRequirements(size) {
  const of = { fields: Math.max(size, 10), roles: size };
  const authorization = createAuthorization({ schema: protectedSchema(of) });
  const document = documentOf(10);
  const callers = Array.from({ length: TIMES }, newCaller);
  const decision = await measure(TIMES, (index) => authorization.check({ document, caller: callers[index] }));
  return { 'new token': decision, request: await measureRequest(of) };
}

/** A plan is made of a document when it is first seen. */
async function ofDocument(size) {
  const authorization = createAuthorization({ schema: protectedSchema({ fields: 10 }) });
  const caller = newCaller();
  const documents = Array.from({ length: Math.ceil((10 * TIMES) / size) }, () => documentOf(size));
  const check = (index) => authorization.check({ document: documents[index], caller });
  return { plan: await measure(documents.length, check) };
}

async function measureRequest(size) {
  const authorization = createAuthorization({ schema: protectedSchema(size) });
  const document = documentOf(10);
  const caller = newCaller();
  const request = async () => {
    authorization.check({ document, caller });
    const answer = await execute({ schema: authorization.schema, document, rootValue, contextValue: { caller } });
    if (answer.errors) throw answer.errors[0];
  };
  await measure(TIMES, request);
  return measure(TIMES, request);
}

/** @param {(index: number) => unknown} run */
async function measure(times, run) {
  const before = process.cpuUsage();
  for (let index = 0; index < times; index += 1) await run(index);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}

async function inTurn(by, sizes, measureOne) {
  const rows = [];
  for (const size of sizes) {
    collectGarbage();
    for (const [what, cpu] of Object.entries(await measureOne(size))) rows.push({ what, by, size, cpu });
  }
  return rows;
}
