// What hostile operations, headers, tokens and frames cost as they grow, in a process of its own. A question is one round; the
// answer is microseconds of CPU time by kind and size.
import { createAuthorization } from '../../dist/authorization/authorization.js';
import { createDescribeLimit } from '../../dist/config/limit-error.js';
import { defaultLimits } from '../../dist/config/limits.js';
import { measureDocument } from '../../dist/graphql/cost/document-shape.js';
import { createCostCheck } from '../../dist/graphql/cost/operation-cost.js';
import { createVariableBounds } from '../../dist/graphql/documents/variable-bounds.js';
import { execute, getOperationAST, parse } from '../../node_modules/graphql/index.js';
import { serveParent } from '../harness/child-process.mjs';
import { measure } from '../harness/measure-batches.mjs';
import { RECEIVED } from './received.mjs';
import { aliases, hostileCaller, hostileSchema, rootValue } from './schema.mjs';

/** Runs of a batch at the smallest size; fewer for larger ones. */
const TIMES = 16;
/** The same for runs of microseconds. With fewer, the threads of V8's compilers would be much of the figure. */
const TIMES_OF_SHORT = 160;

const schema = hostileSchema();
const authorization = createAuthorization({ schema, policies: { never: () => false } });
const describeLimit = createDescribeLimit(defaultLimits, false);
// Bounds out of reach, because a refusal would be cheap at any size.
const unbounded = Object.fromEntries(Object.keys(defaultLimits).map((name) => [name, 1e9]));
const checkCost = createCostCheck({ schema, limits: unbounded, describeLimit });
const variableBounds = createVariableBounds(unbounded, describeLimit);

serveParent({}, async ({ sizes }) => {
  const rows = [];
  for (const size of sizes) {
    for (const [what, { prepare, run }] of Object.entries(KINDS)) {
      const most = run === answer ? TIMES : TIMES_OF_SHORT;
      const times = Math.max(3, Math.ceil((most * sizes[0]) / size));
      rows.push({ what, size, cpu: await measure({ times, prepare: () => prepare(size), run }) });
    }
  }
  return rows;
});

const KINDS = {
  'shape and cost of aliases': { prepare: (size) => parse(aliases(size, 'items { id }')), run: measureCost },
  'shape and cost of fragments in each other': { prepare: (size) => parse(chain(size)), run: measureCost },
  'unknown keys of a variable, × 100': {
    prepare: (size) => ({ v: Object.fromEntries(Array.from({ length: 100 * size }, (_, at) => [`k${at}`, 1])) }),
    run: (variables) => variableBounds.check(variables),
  },
  'aliases of a leaf of 20 objects': { prepare: (size) => inItems(aliases(size, 'id')), run: answer },
  'aliases denied by the token, 20 objects': { prepare: (size) => inItems(aliases(size, 'closed')), run: answer },
  'aliases denied by a policy, 20 objects': { prepare: (size) => inItems(aliases(size, 'judged')), run: answer },
  ...RECEIVED,
};

function measureCost(document) {
  measureDocument(document);
  checkCost({ document, operation: getOperationAST(document) });
}

async function answer(document) {
  const answered = await execute({ ...authorization, document, rootValue, contextValue: { caller: hostileCaller } });
  if (!answered.data?.items?.[0]) throw new Error('the operation was not answered');
}

function inItems(selection) {
  return parse(`{ items ${selection} }`);
}

/** Fragments that each spread the next one twice. */
function chain(size) {
  const spreads = Array.from({ length: size }, (_, at) => `fragment F${at} on Item { ...F${at + 1} ...F${at + 1} }`);
  return `{ items { ...F0 } } ${spreads.join(' ')} fragment F${size} on Item { id }`;
}
