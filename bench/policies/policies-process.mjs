// What a policy costs for each item of a list, in a process of its own. A question is one round; the answer is microseconds
// of CPU time for one item: with the policy above without it, and of the policy alone.
import { readFileSync } from 'node:fs';
import { createAuthorization } from '../../dist/authorization/authorization.js';
import { makeExecutableSchema } from '../../node_modules/@graphql-tools/schema/esm/index.js';
import { execute, parse } from '../../node_modules/graphql/index.js';
import { newCaller } from '../growth/schemas.mjs';
import { serveParent } from '../harness/child-process.mjs';
import { measure } from '../harness/measure-batches.mjs';

const DIRECTIVES = readFileSync(new URL('../../schema/directives.graphql', import.meta.url), 'utf8');

/** Policies by what they look at. Each grants. */
const POLICIES = {
  same: ({ caller }) => caller.kind === 'delegated',
  each: ({ parent }) => parent.owner === 'me',
  loaded: ({ parent, context }) => context.load(parent.id),
};

const FIELDS = Object.keys(POLICIES).map((name) => `${name}: String @policy(policies: [["${name}"]])`);
const SDL = `type Query { items: [Item!]! @authenticated }\ntype Item { plain: String ${FIELDS.join(' ')} }`;

serveParent({}, async ({ items: count, times }) => {
  const items = Array.from({ length: count }, (_, id) => ({
    id,
    owner: 'me',
    plain: '',
    same: '',
    each: '',
    loaded: '',
  }));
  const schema = makeExecutableSchema({ typeDefs: [DIRECTIVES, SDL], resolvers: { Query: { items: () => items } } });
  const authorization = createAuthorization({ schema, policies: POLICIES });
  const caller = newCaller();
  const newContext = () => ({ caller, load: createLoader() });
  const costOf = async (field) => {
    const document = parse(`{ items { ${field} } }`);
    const run = async (contextValue) => {
      const { errors } = await execute({ schema: authorization.schema, document, contextValue });
      if (errors) throw errors[0];
    };
    return (await measure({ times, prepare: newContext, run })) / count;
  };
  const aloneOf = async (policy) => {
    const run = (context) => Promise.all(items.map((parent) => policy({ parent, caller, context })));
    return (await measure({ times, prepare: newContext, run })) / count;
  };
  const plain = await costOf('plain');
  const rows = [];
  for (const [name, policy] of Object.entries(POLICIES)) {
    rows.push({ name, more: (await costOf(name)) - plain, alone: await aloneOf(policy) });
  }
  return rows;
});

/** Asks for all keys of one turn at once, as DataLoader does, of a table in memory. */
function createLoader() {
  let batch;
  return (key) => {
    if (!batch) {
      const keys = [];
      const loaded = new Promise((resolve) =>
        process.nextTick(() => {
          batch = undefined;
          resolve(new Set(keys));
        }),
      );
      batch = { keys, loaded };
    }
    batch.keys.push(key);
    return batch.loaded.then((found) => found.has(key));
  };
}
