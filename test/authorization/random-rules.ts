import type { GeneratorValue } from 'fast-check';
import fc from 'fast-check';
import type { Caller } from '../../src/authentication/caller.js';
import { application, asAgent, user } from './harness.js';

export const CALLER_KINDS = ['nobody', 'user', 'guest', 'undecided', 'application', 'mighty', 'agent'] as const;

type CallerKind = (typeof CALLER_KINDS)[number];

/** OR of ANDs. */
export type Alternatives = readonly (readonly string[])[];

/** The rules on one element. */
export interface Rule {
  readonly isPublic?: boolean;
  readonly scopes?: Alternatives;
  readonly roles?: Alternatives;
  readonly apps?: Alternatives | undefined;
  readonly authContext?: string;
  readonly policies?: Alternatives;
  readonly agents?: 'forbidden' | 'allowed' | undefined;
}

/** True so many times in a hundred; false when a counterexample is shrunk, so that it loses rules and fragments. */
export const chanceOf = (g: GeneratorValue) => (percent: number) => g(fc.integer, { min: 0, max: 99 }) >= 100 - percent;

/** @param kind what stands on a leaf type has no word for applications and policies */
export function randomRule(g: GeneratorValue, kind: 'leaf' | 'other'): Rule {
  const chance = chanceOf(g);
  return {
    ...(chance(40) && { scopes: alternatives(g, ['s0', 's1', 's2']) }),
    ...(chance(30) && { roles: alternatives(g, ['r0', 'r1']) }),
    ...(chance(15) && { authContext: g(fc.constantFrom, 'c1', 'c2') }),
    ...(kind === 'other' && chance(40) && { apps: alternatives(g, ['p0', 'p1']) }),
    ...(kind === 'other' && chance(25) && { policies: alternatives(g, ['q0', 'q1']) }),
    ...(chance(20) && { agents: kind === 'other' && chance(60) ? 'allowed' : 'forbidden' }),
  };
}

function alternatives(g: GeneratorValue, names: string[]): Alternatives {
  const all = () => fc.subarray(names, { minLength: 1, maxLength: 2 });
  return g(() => fc.uniqueArray(all(), { minLength: 1, maxLength: 2, selector: (item) => item.join() }));
}

/** As it is written in a schema. */
export function toDirectives(rule: Rule | undefined): string {
  if (!rule) return '';
  if (rule.isPublic) return '@public';
  const list = (name: string, argument: string, value: Alternatives | undefined) =>
    value ? `@${name}(${argument}: ${JSON.stringify(value)})` : '';
  return [
    '@authenticated',
    list('requiresScopes', 'scopes', rule.scopes),
    list('requiresRoles', 'roles', rule.roles),
    list('allowsApps', 'permissions', rule.apps),
    list('policy', 'policies', rule.policies),
    rule.agents === 'forbidden' ? '@forbidsAgents' : '',
    rule.agents === 'allowed' ? '@allowsAgents' : '',
    rule.authContext ? `@requiresAuthContext(id: "${rule.authContext}")` : '',
  ].join(' ');
}

const EVERYTHING = { scopes: ['s0', 's1', 's2'], roles: ['r0', 'r1'], authContexts: ['c1', 'c2'] };

/** One caller of each kind, with any of the rights that rules name. */
export function randomCallers(g: GeneratorValue): Readonly<Record<CallerKind, Caller | undefined>> {
  const some = (...names: string[]) => g(() => fc.subarray(names));
  return {
    nobody: undefined,
    user: user({
      scopes: some('s0', 's1', 's2'),
      roles: some('r0', 'r1'),
      authContexts: some('c1', 'c2'),
      canStepUp: g(fc.boolean),
    }),
    guest: { ...user({ scopes: some('s0', 's1', 's2'), canStepUp: true }), isGuest: true },
    undecided: {
      ...user({ scopes: some('s0', 's1', 's2'), authContexts: some('c1', 'c2'), canStepUp: g(fc.boolean) }),
      ...g(() => fc.constantFrom(...UNDECIDED)),
    },
    application: application(...some('p0', 'p1')),
    mighty: user(EVERYTHING),
    agent: asAgent(user(EVERYTHING)),
  };
}

/** Roles of a user whose token leaves groups out. */
const UNDECIDED = [
  { roles: new Set<string>(), undecidedRoles: new Set(['r0', 'r1']) },
  { roles: new Set<string>(), undecidedRoles: new Set(['r0']) },
  { roles: new Set(['r0']), undecidedRoles: new Set(['r1']) },
];

/** Anybody, or an agent for anybody. */
export function randomCaller(g: GeneratorValue): Caller | undefined {
  const kind: CallerKind = g(fc.constantFrom, ...CALLER_KINDS, 'user');
  const caller = randomCallers(g)[kind];
  return caller && chanceOf(g)(35) ? asAgent(caller) : caller;
}
