// Fills each cache and prints its estimate beside the heap that it really takes. Run with --expose-gc.
import { createHash } from 'node:crypto';
import { type DocumentNode, type OperationDefinitionNode, parse } from 'graphql';
import { planOperation } from '../../../src/authorization/operations/plan-operation.js';
import { planSize } from '../../../src/authorization/operations/plan-size.js';
import { fragmentsOf } from '../../../src/authorization/operations/planner.js';
import { WeakCache } from '../../../src/authorization/operations/weak-cache.js';
import { buildPermittedSchema } from '../../../src/authorization/permitted-schema/build-permitted-schema.js';
import { estimateBytes } from '../../../src/authorization/permitted-schema/permitted-schemas.js';
import { createProtectedInputs } from '../../../src/authorization/requirements/protected-inputs.js';
import { compileRequirements } from '../../../src/authorization/rules/compile-requirements.js';
import { defaultLimits } from '../../../src/config/limits.js';
import { compiledSize, compileOperation } from '../../../src/graphql/cost/compiled-operation.js';
import { readPrices } from '../../../src/graphql/cost/field-prices.js';
import { DocumentStore } from '../../../src/graphql/documents/document-store.js';
import { createPersistedQueries } from '../../../src/graphql/documents/persisted-queries.js';
import { slimDocument } from '../../../src/graphql/documents/slim-document.js';
import { createCompiledQueries } from '../../../src/graphql/execution/compiled/compiled-queries.js';
import { ValidatedQueries } from '../../../src/graphql/execution/validated-queries.js';
import { schemaOf } from '../../authorization/harness.js';
import { createBudget } from '../../support/execution/answer-budget.js';
import { buildAuthorizedSchema } from '../authorized-schema.js';
import { type MakeFull, printRatio } from './measure-heap.js';

const ROOM = 512 * 1024 * 1024;
const COUNT = 100;
/** As many small things as make their heap stand out. */
const COUNT_OF_SMALL = 2_000;
const limits = { ...defaultLimits, documentCacheBytes: ROOM };
const schema = buildAuthorizedSchema();

const repeat = <Item>(count: number, item: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => item(index));

/** Documents by what they mostly consist of; each has a number of its own, so that no two are equal. */
const KINDS: Readonly<Record<string, (nth: number) => string>> = {
  'a usual query': (nth) => `query Things${nth}($first: Int!, $name: String) {
    things(first: $first, name: $name) { id name ...Rest other { id name } }
  }
  fragment Rest on Thing { other { id other { name } } }`,
  fields: (nth) => `{ things(first: ${nth}) { ${repeat(200, (i) => `a${i}: name`).join(' ')} } }`,
  'text in comments': (nth) => `{ things { id } } # ${nth} ${'-'.repeat(20_000)}`,
  'text of two bytes': (nth) => `{ things { id } } # ${nth} ${'€'.repeat(20_000)}`,
  arguments: (nth) =>
    `{ ${repeat(80, (i) => `a${i}: things(first: ${nth}, name: "name ${i} of some length") { id }`).join(' ')} }`,
  conditions: (nth) =>
    `query N${nth}($a: Boolean!) { things { ${repeat(60, (i) => `a${i}: name @include(if: $a)`).join(' ')} } }`,
  fragments: (nth) =>
    `query N${nth} { things { ...F0 } } ${repeat(40, (i) => `fragment F${i} on Thing { id name${i < 39 ? ` ...F${i + 1}` : ''} }`).join(' ')}`,
  'fragments with conditions': (nth) =>
    `query N${nth}($a: Boolean!) { things { ...F0 } } ${repeat(40, (i) => `fragment F${i} on Thing { id name @include(if: $a)${i < 39 ? ` ...F${i + 1} @skip(if: $a)` : ''} }`).join(' ')}`,
  variables: (nth) =>
    `query N${nth}(${repeat(60, (i) => `$v${i}: Int!, $w${i}: [ThingFilter!]`).join(' ')}) { ${repeat(60, (i) => `a${i}: things(first: $v${i}, only: $w${i}) { id }`).join(' ')} }`,
  'nested lists': (nth) =>
    `query N${nth}($only: [ThingFilter!]!, $first: Int, $size: Int!) { ${repeat(40, (i) => `a${i}: things(first: $first, only: [{ id: ${i}, sizes: [1, 2, $size], within: $only }]) { other { others(first: $first) { others(first: ${i}) { name } } } }`).join(' ')} }`,
  'variables that do not fit': (nth) =>
    `query N${nth}($missing: Int!, ${repeat(60, (i) => `$v${i}: Int!`).join(' ')}) { m: things(first: $missing) { id } ${repeat(60, (i) => `a${i}: things(first: $v${i}) { id }`).join(' ')} }`,
  operations: (nth) => repeat(60, (i) => `query N${nth}A${i} { things { id } }`).join(' '),
};

/** Values that fit the variables of all kinds but one. */
const VARIABLES = {
  first: 1,
  size: 1,
  only: [],
  a: true,
  ...Object.fromEntries(repeat(60, (i) => [`v${i}`, 1])),
};

const slim = (text: string): DocumentNode => {
  const document = parse(text);
  slimDocument(document);
  return document;
};
/** A text of its own in the heap, as it comes in a request. */
const read = (text: Buffer): string => JSON.parse(String(text));
/** A key as Apollo Server makes it: a prefix, and the hash from the request. */
const persistedKey = (text: Buffer): string =>
  `apq:${read(Buffer.from(JSON.stringify(createHash('sha256').update(text).digest('hex'))))}`;
const operationsOf = ({ definitions }: DocumentNode) =>
  definitions.filter((node): node is OperationDefinitionNode => node.kind === 'OperationDefinition');

const table = compileRequirements(schema, []);
const sources = { schema, table, protectedInputs: createProtectedInputs(schema, table.inputs) };
const costSources = { schema, prices: readPrices(schema), assumedListSize: limits.assumedListSize };

/** How each cache is filled with what the server makes of texts. */
const CACHES: Readonly<Record<string, (texts: readonly Buffer[]) => MakeFull>> = {
  'document store': (texts) => async () => {
    const store = new DocumentStore(limits);
    for (const [nth, text] of texts.entries()) {
      const hash = String(nth).padEnd(128, '-');
      await store.set(hash, parse('{ things { id } }'));
      await store.set(hash, parse(read(text)));
    }
    return store;
  },
  'known queries': (texts) => () => {
    const known = new ValidatedQueries({ keeps: () => true }, ROOM);
    for (const text of texts) {
      const document = slim(read(text));
      for (const operation of operationsOf(document)) known.add({ document, operation }, operation.name?.value);
    }
    return known;
  },
  'persisted queries': (texts) => async () => {
    const persisted = createPersistedQueries(ROOM);
    for (const text of texts) await persisted.set(persistedKey(text), read(text));
    return persisted;
  },
  plans: (texts) => {
    const documents = texts.map((text) => slim(read(text)));
    return () => {
      const plans = new WeakCache<OperationDefinitionNode, object>(ROOM);
      for (const document of documents) {
        for (const operation of operationsOf(document)) {
          const plan = planOperation(sources, operation, fragmentsOf(document));
          plans.set(operation, plan, planSize(plan));
        }
      }
      return plans;
    };
  },
  costs: (texts) => {
    const documents = texts.map((text) => slim(read(text)));
    return () => {
      const costs = new WeakCache<OperationDefinitionNode, object>(ROOM);
      for (const document of documents) {
        for (const operation of operationsOf(document)) {
          const compiled = compileOperation(costSources, limits, { document, operation });
          costs.set(operation, compiled, compiledSize(compiled, operation));
        }
      }
      return costs;
    };
  },
  'compiled queries': (texts) => {
    const documents = texts.map((text) => slim(read(text)));
    return () => {
      const find = createCompiledQueries(schema, ROOM);
      for (const document of documents) {
        for (const operation of operationsOf(document)) {
          for (let run = 0; run < 5; run += 1) {
            find(document, operation)?.({ context: {}, variables: VARIABLES, budget: createBudget() });
          }
        }
      }
      return find;
    };
  },
};

/** Caches that keep nothing of a text. */
const OPERATION_CACHES: ReadonlySet<string> = new Set(['plans', 'costs', 'compiled queries']);
const TEXT_KINDS: ReadonlySet<string> = new Set(['text in comments', 'text of two bytes']);
/** Documents that differ from others by what is derived from them. */
const VALUE_KINDS: ReadonlySet<string> = new Set([
  'fragments with conditions',
  'variables',
  'variables that do not fit',
  'nested lists',
]);

/** Schemas by what they mostly consist of. */
const SCHEMAS: Readonly<Record<string, string>> = {
  'a small schema': 'type Query @public { a: Int b(c: Int): String }',
  'a usual schema': `type Query @public { ${repeat(10, (i) => `t${i}(first: Int, after: String): T${i}`).join(' ')} } ${repeat(10, (i) => `type T${i} @public { id: ID! ${repeat(12, (at) => `f${at}: T${at % 10}`).join(' ')} }`).join(' ')}`,
  fields: `type Query @public { ${repeat(500, (i) => `f${i}: [String!]`).join(' ')} }`,
  arguments: `type Query @public { ${repeat(40, (i) => `f${i}(${repeat(12, (at) => `a${at}: Int`).join(' ')}): Int`).join(' ')} }`,
  types: `type Query @public { ${repeat(200, (i) => `f${i}: T${i}`).join(' ')} } ${repeat(200, (i) => `type T${i} @public { id: ID! }`).join(' ')}`,
  'input types': `type Query @public { ${repeat(40, (i) => `f${i}(a: I${i}): Int`).join(' ')} } ${repeat(40, (i) => `input I${i} { ${repeat(12, (at) => `v${at}: [Int!]`).join(' ')} }`).join(' ')}`,
};
for (const [kind, sdl] of Object.entries(SCHEMAS)) {
  const whole = schemaOf(sdl);
  const fill = (count: number) => () => {
    const permitted = repeat(count, () => buildPermittedSchema(whole, () => true));
    return { permitted, size: permitted.reduce((total, one) => total + estimateBytes(one), 0) };
  };
  await fill(20)();
  await printRatio({ cache: 'permitted schemas', kind }, fill(COUNT));
}

for (const [cache, fillWith] of Object.entries(CACHES)) {
  for (const [kind, text] of Object.entries(KINDS)) {
    if (
      (TEXT_KINDS.has(kind) && OPERATION_CACHES.has(cache)) ||
      (VALUE_KINDS.has(kind) && !OPERATION_CACHES.has(cache))
    )
      continue;
    const texts = (count: number, from: number) =>
      repeat(count, (nth) => Buffer.from(JSON.stringify(text(from + nth))));
    // Once to warm up: what V8 compiles is in the heap too.
    await fillWith(texts(20, 0))();
    await printRatio({ cache, kind }, fillWith(texts(kind === 'a usual query' ? COUNT_OF_SMALL : COUNT, 1000)));
  }
}
