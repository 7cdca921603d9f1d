import { type ExecutionResult, execute, parse, subscribe } from 'graphql';
import { createAuthorization } from '../../../src/authorization/authorization.js';
import { schemaOf, user } from '../harness.js';

// Runs operations in which something is denied beside something that throws, in a process without handlers: Node ends it at
// the first rejection that is not handled. Prints the names of the cases that were survived, with the number of errors.

const schema = schemaOf(
  `
  interface Node { id: Int! }
  type Item implements Node {
    id: Int!
    token: Int! @requiresRoles(roles: [["r"]])
    argument(x: Int @requiresRoles(roles: [["r"]])): Int!
    policy: Int! @policy(policies: [["no"]])
    broken: Int! @policy(policies: [["throws"]])
    late: Int! @policy(policies: [["late"]])
    stepUp: Int! @requiresAuthContext(id: "c1") @policy(policies: [["no"]])
    granted: Int! @policy(policies: [["yes"]])
    nullable: Int @policy(policies: [["no"]])
    nullableChild: Child @policy(policies: [["yes"]])
    nullableChildren: [Child!] @policy(policies: [["yes"]])
    looseChildren: [Child] @policy(policies: [["late"]])
    child: Child!
    children: [Child!]!
    boom: Int!
    maybe: Int!
    slow: Item!
  }
  type Child implements Node { id: Int! token: Int! @requiresRoles(roles: [["r"]]) policy: Int! @policy(policies: [["no"]]) }
  type Other implements Node { id: Int! boom: Int! }
  union Any = Item | Other
  type Box @public { items: [Item!]! }
  type Query {
    items: [Item!]! @authenticated
    nullable: [Item!] @authenticated
    loose: [Item] @authenticated
    promised: [Item!] @authenticated
    promisedItems: [Item!] @authenticated
    generated: [Item!] @authenticated
    nested: [[Item!]!] @authenticated
    anys: [Any!] @authenticated
    nodes: [Node!] @authenticated
    box: Box @public
    item: Item! @authenticated
    boom: Int! @authenticated
    denied: Int! @policy(policies: [["no"]])
    deniedList: [Item!]! @policy(policies: [["no"]])
  }
  type Mutation { first: [Item!] @authenticated second: Int! @authenticated denied: Int! @policy(policies: [["no"]]) }
  type Subscription { items: [Item!] @authenticated denied: Int! @policy(policies: [["no"]]) }
`,
  {
    Node: { __resolveType: ({ kind }: Row) => kind },
    Any: { __resolveType: ({ kind }: Row) => kind },
    Item: { boom: throwIfLast, slow: slowIfFirst, maybe: laterIfFirst },
    Other: { boom: throwIfLast },
    Query: {
      items: rows,
      nullable: rows,
      loose: rows,
      promised: async () => rows(),
      promisedItems: () => rows().map(async (row) => row),
      *generated() {
        yield* rows();
        throw new Error('the generator');
      },
      nested: () => [rows(), rows()],
      anys: mixed,
      nodes: mixed,
      box: () => ({ items: rows() }),
      item: () => rows()[1],
      boom: throwNow,
      denied: () => 1,
      deniedList: rows,
    },
    Mutation: { first: rows, second: throwNow, denied: () => 1 },
    Subscription: { items: { subscribe: events, resolve: rows }, denied: { subscribe: events } },
  },
);

interface Row {
  readonly kind: string;
  readonly isLast: boolean;
}

function row(kind: string, isLast: boolean) {
  const child = { kind: 'Child', id: 1, token: 1, policy: 1 };
  const values = { id: 1, token: 1, argument: 1, policy: 1, broken: 1, late: 1, stepUp: 1, granted: 1 };
  const nullable = { nullable: 1, nullableChild: child, nullableChildren: [child], looseChildren: [child] };
  return { kind, isLast, ...values, child, children: [child, child], ...nullable };
}

function rows() {
  return [row('Item', false), row('Item', true)];
}

function mixed() {
  return [row('Item', false), row('Other', true)];
}

function throwIfLast({ isLast }: Row): number {
  if (isLast) throw new Error('boom');
  return 1;
}

function throwNow(): never {
  throw new Error('boom');
}

function slowIfFirst(item: Row): unknown {
  return item.isLast ? item : Promise.resolve(item);
}

function laterIfFirst({ isLast }: Row): unknown {
  return isLast ? 1 : new Promise((resolve) => setTimeout(resolve, 5, 1));
}

async function* events() {
  yield { denied: 1 };
  yield { denied: 1 };
}

const later = () => new Promise<boolean>((resolve) => setTimeout(resolve, 20, false));
const { schema: guarded } = createAuthorization({
  schema,
  policies: {
    no: async () => false,
    yes: async () => true,
    late: later,
    throws: async () => {
      throw new Error('policy');
    },
  },
});

const denied = ['policy', 'broken', 'late', 'stepUp', 'child { policy }', 'children { policy }', 'a: policy'];
const nullable = [
  'nullable',
  ...['nullableChild', 'nullableChildren', 'looseChildren'].map((field) => `${field} { token policy }`),
];
const byToken = [
  'token',
  'child { token }',
  'children { id token }',
  'maybe token',
  'slow { token }',
  'token maybe',
  'maybe argument(x: 1)',
];
const selections = [...denied, ...nullable, ...byToken].flatMap((selection) => [
  `${selection} boom`,
  `boom ${selection}`,
  selection,
]);
const lists = ['items', 'nullable', 'loose', 'promised', 'promisedItems', 'generated', 'nested'];
const operations = [
  ...lists.flatMap((list) => selections.map((selection) => `{ ${list} { ${selection} } }`)),
  ...['anys', 'nodes'].flatMap((list) =>
    [...denied, ...byToken].map((selection) => `{ ${list} { ... on Item { ${selection} } ... on Other { boom } } }`),
  ),
  ...selections.map((selection) => `{ box { items { ${selection} } } }`),
  ...selections.map((selection) => `{ denied item { ${selection} } boom }`),
  '{ denied boom }',
  '{ boom denied }',
  '{ deniedList { id } boom }',
  '{ items { granted boom } }',
  'mutation { denied second }',
  ...selections.map((selection) => `mutation { first { ${selection} } second }`),
];

async function run(document: string): Promise<void> {
  const { errors = [] } = await execute({
    schema: guarded,
    document: parse(document),
    contextValue: { caller: user() },
  });
  await afterwards();
  process.stdout.write(`${errors.length > 0 ? 'errors' : 'NONE'} ${document}\n`);
}

async function listen(document: string): Promise<void> {
  const stream = await subscribe({ schema: guarded, document: parse(document), contextValue: { caller: user() } });
  const results: ExecutionResult[] = [];
  if (Symbol.asyncIterator in stream) for await (const result of stream) results.push(result);
  else results.push(stream);
  await afterwards();
  process.stdout.write(`${results.every(({ errors }) => errors?.length) ? 'errors' : 'NONE'} ${document}\n`);
}

/** Time for rejections to be found unhandled: those of policies that answer late as well. */
function afterwards(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 30));
}

await Promise.all([
  ...operations.map(run),
  listen('subscription { denied }'),
  ...selections.map((selection) => listen(`subscription { items { ${selection} } }`)),
]);
process.stdout.write('survived\n');
