import { makeExecutableSchema } from '@graphql-tools/schema';
import fc from 'fast-check';
import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/authorization/decisions/decide.js';
import { holdersOf } from '../../src/authorization/permissions/permission-holders.js';
import { requirementOf } from '../../src/authorization/permissions/permission-matrix.js';
import type { FieldRequirement, RequirementTable } from '../../src/authorization/requirements/requirement-table.js';
import { compileRequirements } from '../../src/authorization/rules/compile-requirements.js';
import { RequirementError } from '../../src/authorization/rules/requirement-error.js';
import { directives, user } from '../authorization/harness.js';
import { type Alternatives, compositionErrors, NO_RULE, type Rule, rulesOfSupergraph } from './apollo-supergraph.js';

// Apollo's composition as the oracle: it merges rules that must all hold into one OR of ANDs, and computes what a
// selection on an interface needs. Its supergraph is only read, as a router would; ours is the compiled table.

const NAMES = ['a', 'b', 'c', 'd'];
const seed = Date.now() % 2 ** 31;

describe(`rules that must all hold, merged (seed ${seed})`, () => {
  const alternatives = fc.uniqueArray(fc.subarray(NAMES, { minLength: 1 }), {
    minLength: 1,
    maxLength: 3,
    selector: (names) => names.join(),
  });
  /** Apollo takes one of two equal rules as it is written. So only the merging of different rules is compared. */
  const different = fc.uniqueArray(alternatives, { minLength: 2, maxLength: 3, selector: keyOf });
  const cases = fc.sample(different, { numRuns: 150, seed });
  const sdlOf = (at: number, kind: 'scopes' | 'policies') =>
    cases
      .map((rules, field) => `f${field}: Int @shareable ${toDirectives({ ...NO_RULE, [kind]: rules[at] })}`)
      .join(' ');
  const merged = (kind: 'scopes' | 'policies') =>
    rulesOfSupergraph([0, 1, 2].map((at) => `type Query { ${sdlOf(at, kind)} }`));
  const ours = (kind: 'scopes' | 'policies') => {
    const rule = (alternatives: Alternatives | undefined) => toDirectives({ ...NO_RULE, [kind]: alternatives });
    const types = cases.map(
      ([first, second, third], at) =>
        `type P${at} ${rule(first)} { f: R${at} ${rule(second)} } type R${at} ${rule(third)} { x: Int }`,
    );
    // A rule that no operation reaches stops the start.
    const reached = cases.map((_rules, at) => `p${at}: P${at}`);
    return tableOf(`type Query @authenticated { ${reached.join(' ')} } ${types.join(' ')}`);
  };

  it.each(['scopes', 'policies'] as const)('%s: the least that a caller must hold is what Apollo says', (kind) => {
    const theirs = merged(kind);
    const table = ours(kind);
    for (const at of cases.keys()) {
      const field = fieldOf(table, `P${at}.f`);
      const holders = holdersOf(requirementOf(table, field), field.policies).filter(({ kind: who }) => who === 'user');
      const least = holders.map(({ holds }) => holds.map(({ name }) => name));
      expect([cases[at], keyOf(least)]).toEqual([cases[at], keyOf(theirs.get(`Query.f${at}`)?.[kind] ?? [])]);
    }
  });
});

const OBJECTS = ['T0', 'T1', 'T2'];
const INTERFACES = ['I0', 'I1'];
const FIELDS: Readonly<Record<string, string>> = { x: 'Int', s: 'S', o: 'T0', l: '[T1!]', i: 'I0', u: 'U' };

describe(`what a selection needs, with random rules, implementers and chains (seed ${seed})`, () => {
  const cases = fc.sample(fc.gen().map(randomSubgraph), { numRuns: 60, seed });
  const compared = cases.map((sdl) => ({ theirs: rulesOfSupergraph([sdl]), table: tableOf(sdl) }));

  it.each([...INTERFACES, ...OBJECTS])(
    'on %s: what Apollo asks for the type, the field and the object or scalar it returns',
    (type) => {
      for (const { theirs, table } of compared) {
        for (const [name, returned] of Object.entries(FIELDS)) {
          const coordinate = `${type}.${name}`;
          const returnedType = returned.replaceAll(/[[\]!]/g, '');
          // An abstract type that a field returns: see the differences below.
          const counted = [type, coordinate, ...(INTERFACES.includes(returnedType) ? [] : [returnedType])];
          const rules = counted.map((each) => theirs.get(each) ?? NO_RULE);
          expect([coordinate, grantedByOurs(table, coordinate)]).toEqual([coordinate, grantedBy(rules)]);
        }
      }
    },
  );

  it('reaches interfaces that ask for more than one of their implementers', () => {
    const asksForMore = ({ theirs }: { theirs: ReadonlyMap<string, Rule> }) =>
      INTERFACES.some((name) =>
        OBJECTS.every((type) => grantedBy(both(theirs, name)) !== grantedBy(both(theirs, type))),
      );
    expect(compared.filter(asksForMore).length).toBeGreaterThan(5);
  });

  const both = (theirs: ReadonlyMap<string, Rule>, type: string) =>
    [type, `${type}.x`].map((coordinate) => theirs.get(coordinate) ?? NO_RULE);
});

describe('where nothing protects, both refuse a rule', () => {
  it.each([
    'interface I @authenticated { f: Int } type T implements I { f: Int } type Query { q: I @authenticated }',
    'interface I { f: Int @authenticated } type T implements I { f: Int } type Query { q: I @authenticated }',
  ])('%s', (sdl) => {
    expect(compositionErrors(sdl)).toEqual(['AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE']);
    // The directives are not declared for interfaces; a schema built without that check is refused by the rules.
    expect(() => compileRequirements(buildSchema(`${directives} ${sdl}`, { assumeValid: true }))).toThrow(
      RequirementError,
    );
  });
});

describe('deliberate differences', () => {
  it.each(['[]', '[[]]', '[[""]]', '[["a"], ["a"]]'])(
    'Apollo takes %s, and the empty ones grant; here it stops the start',
    (scopes) => {
      const sdl = `type Query { f: Int @requiresScopes(scopes: ${scopes}) }`;
      expect(compositionErrors(sdl)).toEqual([]);
      expect(() => tableOf(sdl)).toThrow(RequirementError);
    },
  );

  it('Apollo opens a field without a rule; here it needs a verified caller', () => {
    const sdl = 'type Query { q: T @authenticated } type T { f: Int }';
    expect(rulesOfSupergraph([sdl]).get('T.f')).toBeUndefined();
    const table = tableOf(sdl);
    expect(decide(requirementOf(table, fieldOf(table, 'T.f')), undefined).kind).toBe('denied');
  });

  it("Apollo leaves a type's rule to what returns the type; here each of its fields needs it, by whatever way it is reached", () => {
    const sdl = 'type Query { t: T @authenticated } type T @requiresScopes(scopes: [["a"]]) { f: Int }';
    expect(rulesOfSupergraph([sdl]).get('T.f')).toBeUndefined();
    const table = tableOf(sdl);
    expect(decide(requirementOf(table, fieldOf(table, 'T.f')), user()).kind).toBe('denied');
  });

  it('Apollo gates what returns an interface by all its implementers; here only what is selected on it', () => {
    const sdl = `interface I { f: Int } type T implements I @requiresScopes(scopes: [["a"]]) { f: Int }
      type Query @authenticated { i: I }`;
    expect(rulesOfSupergraph([sdl]).get('I')?.scopes).toEqual([['a']]);
    const table = tableOf(sdl);
    const decisionOn = (coordinate: string) => decide(requirementOf(table, fieldOf(table, coordinate)), user()).kind;
    expect([decisionOn('Query.i'), decisionOn('I.f')]).toEqual(['allowed', 'denied']);
  });
});

function toDirectives({ scopes, policies }: Rule): string {
  return [
    '@authenticated',
    scopes ? `@requiresScopes(scopes: ${JSON.stringify(scopes)})` : '',
    policies ? `@policy(policies: ${JSON.stringify(policies)})` : '',
  ].join(' ');
}

/** One text for one meaning of reduced alternatives, whatever their order. */
function keyOf(alternatives: Alternatives): string {
  return alternatives
    .map((all) => [...all].sort().join(' and '))
    .sort()
    .join(' or ');
}

function randomSubgraph(g: fc.GeneratorValue): string {
  const chance = (percent: number) => g(fc.integer, { min: 0, max: 99 }) < percent;
  const alternatives = () =>
    g(() => fc.array(fc.subarray(NAMES, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 1 }));
  const rule = (percent: number, mayHavePolicies: boolean) =>
    chance(percent)
      ? toDirectives({
          scopes: chance(60) ? alternatives() : undefined,
          policies: mayHavePolicies && chance(40) ? alternatives() : undefined,
        })
      : '';
  const isChain = chance(40);
  const object = (type: string, at: number) => {
    const inI1 = at === 1 || chance(40);
    const inI0 = at === 0 || chance(40) || (isChain && inI1);
    const interfaces = [...(inI0 ? ['I0'] : []), ...(inI1 ? ['I1'] : [])];
    const implementing = interfaces.length > 0 ? `implements ${interfaces.join(' & ')}` : '';
    const fields = Object.entries(FIELDS).map(([name, returned]) => `${name}: ${returned} ${rule(40, true)}`);
    return `type ${type} ${implementing} ${rule(35, true)} { ${fields.join(' ')} }`;
  };
  const plain = Object.entries(FIELDS).map(([name, returned]) => `${name}: ${returned}`);
  return [
    `type Query @authenticated { ${[...OBJECTS, ...INTERFACES].map((type) => `q${type}: ${type}`).join(' ')} }`,
    ...OBJECTS.map(object),
    `interface I0 { ${plain.join(' ')} }`,
    `interface I1 ${isChain ? 'implements I0' : ''} { ${plain.join(' ')} }`,
    'union U = T0 | T2',
    `scalar S ${rule(40, false)}`,
  ].join('\n');
}

function tableOf(sdl: string): RequirementTable {
  const shareable = 'directive @shareable on FIELD_DEFINITION';
  const query = sdl.includes('type Query') ? '' : 'type Query { q: Int @public }';
  return compileRequirements(makeExecutableSchema({ typeDefs: [directives, shareable, query, sdl].filter(Boolean) }));
}

function fieldOf(table: RequirementTable, coordinate: string): FieldRequirement {
  const field = table.fields.get(coordinate);
  if (!field) throw new Error(`${coordinate} is not in the table`);
  return field;
}

/** For each set of names, whether who holds just those passes: scopes and policies apart. */
const EVERY_SET = Array.from({ length: 2 ** NAMES.length }, (_, bits) => NAMES.filter((_name, at) => (bits >> at) & 1));

const holds = (alternatives: Alternatives | undefined, held: readonly string[]) =>
  alternatives === undefined || alternatives.some((all) => all.every((name) => held.includes(name)));

function grantedBy(rules: readonly Rule[]): string {
  return EVERY_SET.map((held) => {
    const passes = (kind: keyof Rule) => rules.every((rule) => holds(rule[kind], held));
    return `${passes('scopes')} ${passes('policies')}`;
  }).join(', ');
}

function grantedByOurs(table: RequirementTable, coordinate: string): string {
  const field = fieldOf(table, coordinate);
  const requirement = requirementOf(table, field);
  return EVERY_SET.map((held) => {
    const policies = field.policies.every(({ anyOf }) => holds(anyOf, held));
    return `${decide(requirement, user({ scopes: held })).kind === 'allowed'} ${policies}`;
  }).join(', ');
}
