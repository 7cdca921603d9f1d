import { parse } from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import { limitErrors, withOmitted } from '../../../src/authorization/decisions/limit-denials.js';
import { AUTHORIZATION_LIMITS } from '../../../src/authorization/limits.js';
import { ask, authorize, denials, user } from '../harness.js';

const stepUp = '@requiresAuthContext(id: "c1")';
const sdl = `
  type Query {
    open: Int @authenticated
    secret: Int @requiresRoles(roles: [["admin"]])
    strong: Int ${stepUp}
    people(floor: Int ${stepUp}): Person @authenticated
    own(floor: Int ${stepUp}): Int @policy(policies: [["owner"]])
    ownStrong: Int @policy(policies: [["owner"]]) ${stepUp}
  }
  type Person { name: String bonus: Int @requiresRoles(roles: [["admin"]]) }
  type Mutation {
    pay: Int @policy(policies: [["owner"]]) ${stepUp}
    note: Int @authenticated
    sign: Int ${stepUp}
    drop: Int @requiresRoles(roles: [["admin"]])
  }
  type Subscription { paid: Int @policy(policies: [["owner"]]) ${stepUp} }
`;
function api(isOwner: boolean) {
  const pay = vi.fn(() => 1);
  const resolvers = {
    Query: {
      open: () => 1,
      secret: () => 1,
      strong: () => 1,
      own: () => 1,
      ownStrong: () => 1,
      people: () => ({ name: 'Ann', bonus: 1 }),
    },
    Mutation: { pay, note: () => 1, sign: () => 1, drop: () => 1 },
  };
  return { pay, ...authorize(sdl, resolvers, { policies: { owner: () => isOwner } }) };
}
const weak = user({ canStepUp: true });

describe('a step-up beside something forbidden', () => {
  it.each([
    ['another root field', '{ people(floor: 1) { name } secret }', 'Query.secret'],
    ['a nested field', '{ people(floor: 1) { name bonus } open }', 'Person.bonus'],
    [
      'a field in a fragment',
      '{ ...F open } fragment F on Query { people(floor: 1) { ... { bonus } } }',
      'Person.bonus',
    ],
    ['another root field, with all denied', '{ strong secret }', 'Query.secret'],
    ['a mutation', 'mutation { sign drop }', 'Mutation.drop'],
    ['a mutation with a policy', 'mutation { pay drop }', 'Mutation.drop'],
  ])('is answered with FORBIDDEN: %s', async (_what, query, coordinate) => {
    const answer = await ask(api(true), query, { caller: weak });
    expect(answer).toMatchObject({ kind: 'refused', status: 403 });
    expect(denials(answer)).toEqual([`FORBIDDEN ${coordinate}`]);
  });

  it.each([
    ['all else is granted', '{ people(floor: 1) { name } open }'],
    ['what is forbidden is skipped', '{ people(floor: 1) { name bonus @skip(if: true) } secret @include(if: false) }'],
  ])('is asked for where %s', async (_what, query) => {
    const answer = await ask(api(true), query, { caller: weak });
    expect(answer).toMatchObject({ kind: 'refused', status: 401 });
    expect(denials(answer)).toEqual(['INSUFFICIENT_CLAIMS Query.people(floor:)']);
  });
});

describe('a step-up beside a policy', () => {
  it.each([
    ['a mutation', 'mutation { pay }', 'Mutation.pay'],
    ['a query', '{ ownStrong }', 'Query.ownStrong'],
  ])('is FORBIDDEN where the policy denies, and asked for where it grants: %s', async (_what, query, coordinate) => {
    const denied = await ask(api(false), query, { caller: weak });
    expect(denied.kind).toBe('guarded');
    expect(denials(denied)).toEqual([`FORBIDDEN ${coordinate}`]);
    const granted = await ask(api(true), query, { caller: weak });
    expect(denials(granted)).toEqual([`INSUFFICIENT_CLAIMS ${coordinate}`]);
    const strong = user({ authContexts: ['c1'] });
    expect((await ask(api(true), query, { caller: strong })).errors).toEqual([]);
  });

  it('is decided so for an argument too', async () => {
    const query = '{ own(floor: 1) }';
    expect(denials(await ask(api(false), query, { caller: weak }))).toEqual(['FORBIDDEN Query.own']);
    expect(denials(await ask(api(true), query, { caller: weak }))).toEqual(['INSUFFICIENT_CLAIMS Query.own(floor:)']);
  });

  it('runs no resolver without the step-up', async () => {
    const guarded = api(true);
    await ask(guarded, 'mutation { pay }', { caller: weak });
    expect(guarded.pay).not.toHaveBeenCalled();
  });

  it('refuses beforehand where a field without a policy needs the step-up', async () => {
    const guarded = api(true);
    const strongWithoutContext = await ask(guarded, 'mutation { pay sign }', { caller: weak });
    expect(strongWithoutContext).toMatchObject({ kind: 'refused', status: 401 });
    expect(guarded.pay).not.toHaveBeenCalled();
  });

  it('leaves a query to its policies if one of its fields has one', async () => {
    const answer = await ask(api(false), '{ strong ownStrong }', { caller: weak });
    expect(denials(answer).toSorted()).toEqual(['FORBIDDEN Query.ownStrong', 'INSUFFICIENT_CLAIMS Query.strong']);
  });

  it('lets a subscription be decided before its source is opened', () => {
    const document = parse('subscription { paid }');
    expect(api(false).check({ document, caller: weak })).toEqual({ kind: 'guarded' });
  });
});

describe('denials that are left out', () => {
  const denial = (key: string, at: number) => ({
    path: [key, at],
    extensions: { code: 'FORBIDDEN', authorization: {} },
  });

  it.each([
    [AUTHORIZATION_LIMITS.denials.default, 0],
    [AUTHORIZATION_LIMITS.denials.default + 1, 1],
    [45, 25],
  ])('are counted: of %i denied fields, %i', (fields, omitted) => {
    const query = `{ ${Array.from({ length: fields }, (_, at) => `f${at}: secret`).join(' ')} }`;
    const decision = api(true).check({ document: parse(query), caller: weak });
    expect(decision).toMatchObject({ kind: 'refused', omitted });
  });

  it('are all counted, those of the other items of a list as well', () => {
    const errors = Array.from({ length: 25 }, (_, at) => [denial(`f${at}`, 0), denial(`f${at}`, 1)]).flat();
    const limited = limitErrors([...errors, { path: ['x'] }]);
    expect(limited.errors).toHaveLength(21);
    expect(limited.omitted).toBe(5 + 25);
    expect(limitErrors(errors.slice(0, 40))).toMatchObject({ omitted: 20 });
    expect(limitErrors(errors.slice(0, 1))).toMatchObject({ omitted: 0 });
  });

  it('are reported beside the existing extensions', () => {
    expect(withOmitted(undefined, 0)).toBeUndefined();
    expect(withOmitted({ a: 1, authorization: { mode: 'report' } }, 3)).toEqual({
      a: 1,
      authorization: { mode: 'report', omitted: 3 },
    });
    expect(withOmitted(undefined, 3)).toEqual({ authorization: { omitted: 3 } });
  });
});

describe('a mutation with one field that needs a step-up and another with a policy', () => {
  const build = (isOwner: boolean) => {
    const ran: string[] = [];
    const run = (name: string) => () => ran.push(name);
    const policies = { owner: () => isOwner };
    const guarded = authorize(
      `type Query { a: Int @public }
       type Mutation { strong: Int ${stepUp} judged: Int @policy(policies: [["owner"]]) ok: Int @authenticated
         both: Int @policy(policies: [["owner"]]) ${stepUp} }`,
      { Mutation: { strong: run('strong'), judged: run('judged'), ok: run('ok'), both: run('both') } },
      { policies },
    );
    return { guarded, ran };
  };

  it.each(['mutation { strong judged }', 'mutation { judged strong }'])(
    'is refused before anything runs, and no policy is asked: %s',
    async (query) => {
      const { guarded, ran } = build(false);
      const answer = await ask(guarded, query, { caller: weak });
      expect(answer).toMatchObject({ kind: 'refused' });
      expect(denials(answer)).toEqual(['INSUFFICIENT_CLAIMS Mutation.strong']);
      expect(ran).toEqual([]);
    },
  );

  it.each([
    [false, 'FORBIDDEN'],
    [true, 'INSUFFICIENT_CLAIMS'],
  ])('runs up to the field that has both, whose policy (%s) decides first', async (isOwner, code) => {
    const { guarded, ran } = build(isOwner);
    const answer = await ask(guarded, 'mutation { ok both }', { caller: weak });
    expect(denials(answer)).toEqual([`${code} Mutation.both`]);
    expect(ran).toEqual(['ok']);
  });
});

describe('a denied argument of a public field', () => {
  const api = authorize(
    'scalar D @authenticated input In { d: D } type Query { open(d: D, ds: [D!], in: In): Int @public }',
    { Query: { open: () => 1 } },
  );

  it.each(['{ open(d: 1) }', '{ open(ds: [1]) }', '{ open(in: {d: null}) }', 'query ($d: D = 1) { open(d: $d) }'])(
    'needs a verified caller by its type: %s',
    async (query) => {
      expect(await ask(api, query, { caller: undefined })).toMatchObject({ kind: 'refused', status: 401 });
      expect((await ask(api, query, { caller: user() })).data).toEqual({ open: 1 });
    },
  );

  it('is nothing where it is not used', async () => {
    expect((await ask(api, '{ open open2: open(in: {}) }', { caller: undefined })).data).toEqual({ open: 1, open2: 1 });
  });
});
