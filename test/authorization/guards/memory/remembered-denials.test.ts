import { execute, parse } from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import { createAuthorization } from '../../../../src/authorization/authorization.js';
import { AUTHORIZATION_LIMITS } from '../../../../src/authorization/limits.js';
import { countPromisesDuring } from '../../../support/execution/count-promises.js';
import { schemaOf, user } from '../../harness.js';

const ROWS = 7;
const sdl = `
  type Query { items: [Item!]! @authenticated root(of: String): Int @policy(policies: [["own"]]) }
  type Mutation { write(of: Int): Int @policy(policies: [["own"]]) }
  type Item {
    own: Int @policy(policies: [["own"]])
    both: Int @requiresAuthContext(id: "c1") @policy(policies: [["own"]])
    by(of: String, words: [String]): Int @policy(policies: [["own"]])
    thing: Thing
    judged: Plain @policy(policies: [["own"]])
  }
  type Plain { id: Int @authenticated }
  type Thing @policy(policies: [["own"]]) { id: Int @authenticated }
`;

function createApi(policy: () => boolean | Promise<boolean> = () => false) {
  const own = vi.fn(policy);
  const schema = schemaOf(sdl, {
    Query: { items: () => Array.from({ length: ROWS }, (_, id) => ({ id, own: id, both: id, by: id, thing: { id } })) },
    Mutation: { write: () => 1 },
  });
  const { schema: guarded } = createAuthorization({ schema, policies: { own } });
  const ask = (query: string, variableValues: Record<string, unknown> = {}) =>
    execute({ schema: guarded, document: parse(query), contextValue: { caller: user() }, variableValues });
  return { ask, own };
}

const aliases = (count: number, field: string) =>
  Array.from({ length: count }, (_, at) => `a${at}: ${field}`).join(' ');

describe('a policy on a field', () => {
  it.each([
    ['denied', 'own', () => false],
    ['denied later', 'own', async () => false],
    ['denied beside a step-up', 'both', () => false],
    ['granted', 'own', () => true],
    ['granted with arguments', 'by(of: "x")', () => true],
  ])('is asked once for each object, whatever the number of aliases: %s', async (_name, field, policy) => {
    for (const count of [1, 2, 4, 8, 16]) {
      const { ask, own } = createApi(policy);
      const { data } = await ask(`{ items { ${aliases(count, field)} } }`);
      expect(Object.keys(Object(data?.items)[0])).toHaveLength(count);
      expect(own).toHaveBeenCalledTimes(ROWS);
    }
  });

  it.each([
    ['other arguments', 'a: by(of: "x") b: by(of: "y") c: by', 3],
    ['null and no argument', 'a: by(of: null) b: by', 2],
    ['a text that reads like null', 'a: by(of: null) b: by(of: "null")', 2],
    ['lists, which are not compared', 'a: by(words: ["x"]) b: by(words: ["x"])', 2],
    ['another field', 'own both', 2],
  ])('is asked again for %s', async (_name, fields, times) => {
    const { ask, own } = createApi();
    await ask(`{ items { ${fields} } }`);
    expect(own).toHaveBeenCalledTimes(times * ROWS);
  });

  it('is asked again for each text that is too long to be compared', async () => {
    const { ask, own } = createApi();
    const query = 'query ($x: String, $y: String) { a: root(of: $x) b: root(of: $x) c: root(of: $y) d: root(of: $y) }';
    const longest = AUTHORIZATION_LIMITS.comparedTextLength.default;
    await ask(query, { x: 'x'.repeat(longest), y: 'y'.repeat(longest + 1) });
    expect(own).toHaveBeenCalledTimes(3);
  });

  it('is asked again for each field of a mutation, because the one before may have changed something', async () => {
    const answers = [true, false];
    const { ask, own } = createApi(() => answers.shift() === true);
    const { data, errors } = await ask('mutation { a: write(of: 1) b: write(of: 1) }');
    expect([data, errors?.map(({ path }) => path)]).toEqual([{ a: 1, b: null }, [['b']]]);
    expect(own).toHaveBeenCalledTimes(2);
  });

  it('is asked again in the next operation with the same context and objects', async () => {
    const { ask, own } = createApi();
    await ask('{ root }');
    await ask('{ root }');
    expect(own).toHaveBeenCalledTimes(2);
  });
});

describe('an alias of a field that a policy has judged', () => {
  it.each([
    ['denied', 'own', false],
    ['denied, an object', 'judged { id }', false],
    ['granted', 'own', true],
    ['granted with arguments', 'by(of: "x")', true],
  ])('makes four promises for each object, three of them those of graphql-js: %s', async (_name, field, isGranted) => {
    const { ask } = createApi(async () => isGranted);
    const count = (times: number) => countPromisesDuring(() => ask(`{ items { ${aliases(times, field)} } }`));
    await count(1);
    expect((await count(60)) - (await count(20))).toBe(4 * 40 * ROWS);
  });
});

describe('denials by policies', () => {
  it('have their own place each, in the answer and in the document', async () => {
    const { errors = [] } = await createApi().ask('{ items {\n a: own\n b: own\n thing { id } } }');
    expect(errors.map(({ path, locations }) => `${path?.join('.')} ${locations?.[0]?.line}`).sort()).toEqual(
      Array.from({ length: ROWS }, (_, at) => [`items.${at}.a 2`, `items.${at}.b 3`, `items.${at}.thing 4`])
        .flat()
        .sort(),
    );
    expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set(['FORBIDDEN']));
  });
});
