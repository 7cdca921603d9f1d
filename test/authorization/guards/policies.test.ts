import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createPolicyDecision, type Policy, PolicyTimeoutError } from '../../../src/authorization/guards/policies.js';
import { AUTHORIZATION_LIMITS } from '../../../src/authorization/limits.js';
import { createClause } from '../../../src/authorization/requirements/requirement.js';
import { ask, authorize, denials, user } from '../harness.js';

const TIMEOUT_MS = 30;
const question = { coordinate: 'Query.a', parent: undefined, args: {}, caller: user(), context: {} };
const policy = (...anyOf: string[][]) => createClause('policy', anyOf);
const decide = (policies: Record<string, Policy<object>>, ...clauses: ReturnType<typeof policy>[]) =>
  createPolicyDecision(policies, TIMEOUT_MS)(clauses, question);

describe('createPolicyDecision', () => {
  it('grants when the policy says true', async () => {
    expect(await decide({ p: () => true }, policy(['p']))).toBeUndefined();
  });

  it('waits for a policy', async () => {
    expect(await decide({ p: async () => true }, policy(['p']))).toBeUndefined();
    expect(await decide({ p: async () => false }, policy(['p']))).toMatchObject({ clause: policy(['p']) });
  });

  it.each([false, 1, 'true', {}, [], null, undefined, new Error('x'), Promise.resolve(1), Promise.resolve({})])(
    'denies when it says %s',
    async (answer) => {
      expect(await decide({ p: () => answer as boolean }, policy(['p']))).toBeDefined();
    },
  );

  it('denies when it throws, and keeps what it threw', async () => {
    const cause = new Error('database');
    const failing = () => {
      throw cause;
    };
    expect(await decide({ p: failing }, policy(['p']))).toEqual({ clause: policy(['p']), cause });
  });

  it('denies when it rejects, with anything', async () => {
    expect(await decide({ p: () => Promise.reject('broken') }, policy(['p']))).toMatchObject({ cause: 'broken' });
  });

  it('denies when it takes too long', async () => {
    const failed = await decide({ p: () => new Promise(() => undefined) }, policy(['p']));
    expect(failed?.cause).toBeInstanceOf(PolicyTimeoutError);
    expect(failed?.cause).toMatchObject({ name: 'PolicyTimeoutError', message: `no answer within ${TIMEOUT_MS} ms` });
  });

  it('grants when it answers just in time', async () => {
    expect(await decide({ p: () => new Promise((done) => setTimeout(done, 1, true)) }, policy(['p']))).toBeUndefined();
  });

  it('is not disturbed by a rejection that comes too late', async () => {
    const late = () => new Promise<boolean>((_, reject) => setTimeout(reject, 2 * TIMEOUT_MS, new Error('late')));
    expect(await decide({ p: late }, policy(['p']))).toBeDefined();
    await new Promise((done) => setTimeout(done, 3 * TIMEOUT_MS));
  });

  it('denies what names no policy', async () => {
    expect(await decide({}, policy(['p']))).toStrictEqual({ clause: policy(['p']) });
    expect(await decide({}, policy(['toString']))).toStrictEqual({ clause: policy(['toString']) });
  });

  it('sets a timer only for a policy that does not answer at once, and leaves none behind', async () => {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
    let answer = (_holds: boolean): void => undefined;
    const later = () => new Promise<boolean>((resolve) => (answer = resolve));
    const decision = decide({ atOnce: () => true, later }, policy(['atOnce', 'later']));
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(1);
    answer(true);
    expect(await decision).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
    const atOnce = decide({ atOnce: () => true }, policy(['atOnce']));
    expect(vi.getTimerCount()).toBe(0);
    expect(await atOnce).toBeUndefined();
  });

  it('denies an anonymous caller, without asking', async () => {
    const asked = vi.fn(() => true);
    const anonymous = { ...question, caller: undefined };
    expect(await createPolicyDecision({ p: asked }, TIMEOUT_MS)([policy(['p'])], anonymous)).toBeDefined();
    expect(asked).not.toHaveBeenCalled();
  });

  it.each([
    [{ a: true, b: true, c: false }, true],
    [{ a: true, b: false, c: false }, false],
    [{ a: true, b: false, c: true }, true],
    [{ a: false, b: false, c: true }, true],
  ])('[["a","b"],["c"]] with %j: %s', async (answers, granted) => {
    const policies = Object.fromEntries(Object.entries(answers).map(([name, answer]) => [name, () => answer]));
    expect((await decide(policies, policy(['a', 'b'], ['c']))) === undefined).toBe(granted);
  });

  it('names the first clause that fails', async () => {
    const failed = await decide({ a: () => true, b: () => false }, policy(['a']), policy(['b']));
    expect(failed?.clause).toEqual(policy(['b']));
  });

  it('asks a policy once, however often it is named', async () => {
    const asked = vi.fn(() => true);
    await decide({ a: asked, b: () => false }, policy(['a', 'b'], ['a']), policy(['a']));
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it('does not ask what can no longer change the answer', async () => {
    const asked = vi.fn(() => true);
    await decide({ no: () => false, yes: () => true, asked }, policy(['no', 'asked'], ['yes'], ['asked']));
    expect(asked).not.toHaveBeenCalled();
  });

  it('keeps the first of several causes', async () => {
    const failed = await decide({ a: () => Promise.reject(1), b: () => Promise.reject(2) }, policy(['a'], ['b']));
    expect(failed?.cause).toBe(1);
  });
});

const sdl = `
  type Query { reports: [Report] @authenticated mine(id: ID): Report @policy(policies: [["owns"]]) }
  type Mutation { change(id: ID): Report @requiresScopes(scopes: [["write"]]) @policy(policies: [["owns"]]) }
  type Report { id: ID account: Account @policy(policies: [["owns"], ["finance"]]) }
  type Account @requiresAuthContext(id: "c1") { iban: String }
`;
const reports = [{ id: '1' }, { id: '2' }];
const account = () => ({ iban: 'DE00' });
const idOf = (value: unknown) => (typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined);
const ownsOne: Policy<unknown> = ({ parent, args }) => (idOf(args) ?? idOf(parent)) === '1';
const resolvers = { Query: { reports: () => reports, mine: () => reports[0] }, Mutation: { change: () => reports[0] } };
const api = authorize(
  sdl,
  { ...resolvers, Report: { account } },
  { policies: { owns: ownsOne, finance: () => false } },
);
const steppedUp = user({ authContexts: ['c1'] });

describe('policies of fields', () => {
  it('decide for each object of a list', async () => {
    const answer = await ask(api, '{ reports { id account { iban } } }', { caller: steppedUp });
    expect(answer.data).toEqual({
      reports: [
        { id: '1', account: { iban: 'DE00' } },
        { id: '2', account: null },
      ],
    });
    expect(answer.errors).toEqual([{ code: 'FORBIDDEN', coordinate: 'Report.account', path: 'reports.1.account' }]);
  });

  it('decide for each alias on its own arguments', async () => {
    const answer = await ask(api, '{ a: mine(id: 1) { id } b: mine(id: 2) { id } }', { caller: user() });
    expect(answer.data).toEqual({ a: { id: '1' }, b: null });
  });

  it('come before a step-up: who may not see it is not asked for a second factor', async () => {
    const answer = await ask(api, '{ reports { account { iban } } }', { caller: user({ canStepUp: true }) });
    expect(answer.kind).toBe('guarded');
    expect(answer.errors.map(({ code, path }) => `${path} ${code}`).sort()).toEqual([
      'reports.0.account INSUFFICIENT_CLAIMS',
      'reports.1.account FORBIDDEN',
    ]);
  });

  it('are not asked when the token does not suffice', async () => {
    const owns = vi.fn(() => true);
    const asking = authorize(sdl, resolvers, { policies: { owns, finance: owns } });
    expect(await ask(asking, 'mutation { change(id: 1) { id } }', { caller: user() })).toMatchObject({ status: 403 });
    expect(owns).not.toHaveBeenCalled();
  });

  it('are asked before the resolver, which is not called when they deny', async () => {
    const mine = vi.fn();
    const asking = authorize(sdl, { Query: { mine } }, { policies: { owns: () => false, finance: () => false } });
    expect(denials(await ask(asking, '{ mine { id } }', { caller: user() }))).toEqual(['FORBIDDEN Query.mine']);
    expect(mine).not.toHaveBeenCalled();
  });

  it('see parent, arguments, caller and context', async () => {
    const owns = vi.fn(() => true);
    const asking = authorize(sdl, resolvers, { policies: { owns, finance: () => false } });
    const caller = user();
    await ask(asking, '{ mine(id: 7) { id } }', { caller, rootValue: 'root' });
    expect(owns).toHaveBeenCalledExactlyOnceWith({
      coordinate: 'Query.mine',
      parent: 'root',
      args: { id: '7' },
      caller,
      context: { caller },
    });
  });

  it('run in a mutation immediately before their own field; earlier fields stay done', async () => {
    const order: string[] = [];
    const log = (what: string, answer: boolean) => () => {
      order.push(what);
      return answer;
    };
    let asked = 0;
    const asking = authorize(
      sdl,
      { Mutation: { change: (_, { id }) => log(`change ${id}`, true)() && reports[0] } },
      { policies: { owns: () => log('policy', ++asked === 1)(), finance: () => false } },
    );
    const query = 'mutation { a: change(id: 1) { id } b: change(id: 2) { id } }';
    const answer = await ask(asking, query, { caller: user({ scopes: ['write'] }) });
    expect(order).toEqual(['policy', 'change 1', 'policy']);
    expect(answer.data).toEqual({ a: { id: '1' }, b: null });
  });

  it('on a field of a mutation’s payload give null and an error', async () => {
    const caller = user({ scopes: ['write'], authContexts: ['c1'] });
    const asking = authorize(sdl, resolvers, {
      policies: { owns: ({ args }) => idOf(args) === '1', finance: () => false },
    });
    const answer = await ask(asking, 'mutation { change(id: 1) { id account { iban } } }', { caller });
    expect(answer.data).toEqual({ change: { id: '1', account: null } });
  });

  describe('on the field of an implementer', () => {
    const objects = ['A', 'B', 'C'].map((name) => ({ __typename: name, x: name }));
    const implementers = `interface Top { x: String } interface I implements Top { x: String }
      type A implements I & Top { x: String @policy(policies: [["ofA"]]) }
      type B implements I & Top { x: String @policy(policies: [["ofB"]]) }
      type C implements I & Top { x: String } union U = A | B | C`;
    const holder = '{ all: [I] @authenticated top: [Top] @authenticated any: [U] @authenticated }';
    const lists = { all: () => objects, top: () => objects, any: () => objects };
    const cases = {
      'on the interface': '{ all { x } }',
      'on an interface of the interface': '{ top { x } }',
      'on an interface within another': '{ top { ... on I { x } } }',
      'on an interface within a union': '{ any { ... on I { x } } }',
      'in a fragment that is spread twice': '{ all { ...F } any { ...F } } fragment F on I { x }',
      'on the interface and on a type': '{ all { x ... on A { x } } }',
      'with other names': '{ all { x y: x } }',
    };
    const asked: string[] = [];
    const asking = (type: 'Query' | 'Mutation', rules = implementers) => {
      const judge =
        (name: string, answer: boolean) =>
        ({ parent, coordinate }: { readonly parent: unknown; readonly coordinate: string }) => {
          asked.push(`${name} of ${coordinate}: ${Object(parent).__typename}`);
          return answer;
        };
      return authorize(
        `${type === 'Query' ? '' : 'type Query { other: Int @public }'} type ${type} ${holder} ${rules}`,
        { [type]: lists },
        { policies: { ofA: judge('ofA', true), ofB: judge('ofB', false) } },
      );
    };

    it.each(Object.entries(cases))('judge its objects alone, selected %s', async (_title, query) => {
      asked.length = 0;
      const { data } = await ask(asking('Query'), query, { caller: user() });
      expect(new Set(asked)).toEqual(new Set(['ofA of A.x: A', 'ofB of B.x: B']));
      const lines = Object.values(Object(data)).flat();
      expect(lines.map((one) => Object(one).x)).toEqual(lines.map((_one, at) => ['A', null, 'C'][at % 3]));
    });

    it('judge its objects alone in a mutation', async () => {
      asked.length = 0;
      const { data } = await ask(asking('Mutation'), 'mutation { all { x } }', { caller: user() });
      expect(asked).toEqual(['ofA of A.x: A', 'ofB of B.x: B']);
      expect(data).toEqual({ all: [{ x: 'A' }, { x: null }, { x: 'C' }] });
    });

    it('leave what the token must hold for every implementer that can occur', async () => {
      const rules = implementers.replace('@policy(policies: [["ofB"]])', '@requiresRoles(roles: [["HR"]])');
      const { data } = await ask(asking('Query', rules), '{ all { x } }', { caller: user() });
      expect(data).toEqual({ all: [{ x: null }, { x: null }, { x: null }] });
      const within = await ask(asking('Query', rules), '{ all { ... on C { x } } }', { caller: user() });
      expect(within.data).toEqual({ all: [{}, {}, { x: 'C' }] });
    });
  });

  it('report what they threw to the log alone', async () => {
    const cause = new Error('password=hunter2');
    const told: unknown[] = [];
    const asking = authorize(sdl, resolvers, {
      policies: { owns: () => Promise.reject(cause), finance: () => false },
      onDenied: (denial) => told.push(denial.cause),
    });
    const answer = await ask(asking, '{ mine { id } }', { caller: user() });
    expect(told).toEqual([cause]);
    expect(answer.text).not.toContain('hunter2');
  });

  it('tell the log which clause failed, and nothing where they grant', async () => {
    const told: unknown[] = [];
    const asking = authorize(sdl, resolvers, {
      policies: { owns: ({ args }) => idOf(args) === '1', finance: () => false },
      onDenied: ({ coordinate, code, missing, path }) => told.push({ coordinate, code, missing, path }),
    });
    await ask(asking, '{ a: mine(id: 1) { id } b: mine(id: 2) { id } }', { caller: user() });
    expect(told).toEqual([{ coordinate: 'Query.mine', code: 'FORBIDDEN', missing: [policy(['owns'])], path: ['b'] }]);
  });

  it('are given the time of the bound, and not more', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const never = () => new Promise<boolean>(() => undefined);
    const asking = authorize(sdl, resolvers, { policies: { owns: never, finance: never } });
    const onAnswer = vi.fn();
    const answered = ask(asking, '{ mine { id } }', { caller: user() }).finally(onAnswer);
    await vi.advanceTimersByTimeAsync(AUTHORIZATION_LIMITS.policyMilliseconds.default - 1);
    expect(onAnswer).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect((await answered).errors.map(({ code }) => code)).toEqual(['SERVICE_UNAVAILABLE']);
  });

  it('are given the time that is set', async () => {
    const never = () => new Promise<boolean>(() => undefined);
    const asking = authorize(sdl, resolvers, { policies: { owns: never, finance: never }, policyTimeoutMs: 10 });
    const { errors } = await ask(asking, '{ mine { id } }', { caller: user() });
    expect(errors.map(({ code }) => code)).toEqual(['SERVICE_UNAVAILABLE']);
  });
});
