// How the cost of authorization grows, in a process of its own. A question is one round; the answer is microseconds of
// CPU time, by what is measured and what grows.
import { createAuthorization } from '../../dist/authorization/authorization.js';
import { execute } from '../../node_modules/graphql/index.js';
import { serveParent } from '../harness/child-process.mjs';
import { measure } from '../harness/measure-batches.mjs';
import { documentOf, documentOfAll, newCaller, protectedSchema, rolesOf, rootValue } from './schemas.mjs';

serveParent({}, async ({ times, fields, requirements, documents }) => [
  ...(await inTurn('protected fields', fields, (size) => ofProtectedFields(size, times))),
  ...(await inTurn('distinct requirements', requirements, (size) => ofRequirements(size, times))),
  ...(await inTurn('fields of a document', documents, (size) => ofDocument(size, times))),
]);

/** One requirement for all of the fields. */
async function ofProtectedFields(size, times) {
  const of = { fields: size };
  return { 'start-up': await measureStartUp(of), request: await measureRequest(of, times) };
}

/**
 * A new token's first request makes the decisions that it needs: for ten fields, or for all fields and so with all
 * requirements. The next requests find them.
 */
async function ofRequirements(size, times) {
  const of = { fields: Math.max(size, 10), roles: size };
  const authorization = createAuthorization({ schema: protectedSchema(of) });
  const measureNewToken = (document, count, roles) =>
    measure({
      times: count,
      prepare: () => newCaller(roles),
      run: (caller) => authorization.check({ document, caller }),
    });
  return {
    'start-up': await measureStartUp(of),
    'new token, ten fields': await measureNewToken(documentOf(10), times),
    request: await measureRequest(of, times),
    'new token, all fields': await measureNewToken(
      documentOfAll(of.fields),
      Math.max(40, Math.ceil(times / size)),
      rolesOf(size),
    ),
  };
}

/** A plan is made of a document when it is first seen. */
async function ofDocument(size, times) {
  const authorization = createAuthorization({ schema: protectedSchema({ fields: 10 }) });
  const caller = newCaller();
  const plan = await measure({
    times: Math.max(5, Math.ceil((3 * times) / size)),
    prepare: () => documentOf(size),
    run: (document) => authorization.check({ document, caller }),
  });
  return { plan };
}

/** Compiling the rules and building the guards. */
function measureStartUp(size) {
  return measure({
    times: Math.ceil(300 / size.fields),
    prepare: () => protectedSchema(size),
    run: (schema) => createAuthorization({ schema }),
  });
}

/** Checking and executing a query for ten fields, with a token that was seen before. */
function measureRequest(size, times) {
  const authorization = createAuthorization({ schema: protectedSchema(size) });
  const document = documentOf(10);
  const caller = newCaller();
  return measure({
    times,
    prepare: () => ({ caller }),
    async run(contextValue) {
      authorization.check({ document, caller });
      const answer = await execute({ schema: authorization.schema, document, rootValue, contextValue });
      if (answer.errors) throw answer.errors[0];
    },
  });
}

async function inTurn(by, sizes, measureOne) {
  const rows = [];
  for (const size of sizes) {
    for (const [what, cpu] of Object.entries(await measureOne(size))) rows.push({ what, by, size, cpu });
  }
  return rows;
}
