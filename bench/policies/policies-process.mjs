// What a policy costs for each item of a list, in a process of its own. A question is one round; the answer is microseconds
// of CPU time for one item: with the policy above without it, and of what the policy does alone.
import { readFileSync } from 'node:fs';
import { createAuthorization } from '../../dist/authorization/authorization.js';
import { makeExecutableSchema } from '../../node_modules/@graphql-tools/schema/esm/index.js';
import { execute, parse } from '../../node_modules/graphql/index.js';
import { newCaller } from '../growth/schemas.mjs';
import { serveParent } from '../harness/child-process.mjs';
import { measure } from '../harness/measure-batches.mjs';
import { openOwners } from './owners.mjs';

const DIRECTIVES = readFileSync(new URL('../../schema/directives.graphql', import.meta.url), 'utf8');

/** Policies by what they look at. Each grants. */
const POLICIES = {
  same: ({ caller }) => caller.kind === 'delegated',
  each: ({ parent }) => parent.owner === 'me',
  loaded: ({ parent, context }) => context.load(parent.id),
  stored: ({ parent, context }) => context.ownerOf.load(parent.id).then((owner) => owner === 'me'),
};

/** Resolvers without a policy that wait for the same loaders as the policies of these names. */
const WAITING = {
  loaded: ({ id, plain }, _args, { load }) => load(id).then(() => plain),
  stored: ({ id, plain }, _args, { ownerOf }) => ownerOf.load(id).then(() => plain),
};

const SDL = `type Query { items: [Item!]! @authenticated }
type Item {
  plain: String
  ${Object.keys(POLICIES)
    .map((name) => `${name}: String @policy(policies: [["${name}"]])`)
    .join(' ')}
  ${Object.keys(WAITING)
    .map((name) => `${name}Waiting: String`)
    .join(' ')}
}`;

const owners = openOwners(JSON.parse(process.argv[2]).databaseUrl);

serveParent({}, async ({ items: count, times }) => {
  await owners.fill(count);
  const items = Array.from({ length: count }, (_, id) => ({
    id,
    owner: 'me',
    plain: '',
    ...Object.fromEntries(Object.keys(POLICIES).map((name) => [name, ''])),
  }));
  const waiting = Object.fromEntries(Object.entries(WAITING).map(([name, resolve]) => [`${name}Waiting`, resolve]));
  const resolvers = { Query: { items: () => items }, Item: waiting };
  const schema = makeExecutableSchema({ typeDefs: [DIRECTIVES, SDL], resolvers });
  const authorization = createAuthorization({ schema, policies: POLICIES });
  const caller = newCaller();
  const newContext = () => ({ caller, load: createLoader(), ownerOf: owners.createLoader() });
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
  for (const name of ['same', 'each', 'loaded']) {
    rows.push({ name, more: (await costOf(name)) - plain, alone: await aloneOf(POLICIES[name]) });
  }
  // graphql-js and V8 make promises for a field that waits, with a policy or without one. So these stand beside such a field.
  for (const name of Object.keys(WAITING)) {
    rows.push({
      name: `${name}Waiting`,
      more: (await costOf(name)) - plain,
      alone: (await costOf(`${name}Waiting`)) - plain,
    });
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
