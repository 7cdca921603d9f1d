import { createRequire } from 'node:module';
import { buildASTSchema, type GraphQLResolveInfo, parse } from 'graphql';
import type * as GraphQLShield from 'graphql-shield';

/*
 * Trap: the ES build imports a function from `node:util` that Node 23 took away, and does not load there. The CommonJS
 * build loads everywhere, but its `chain` and `race` still call that function, so neither is used.
 *
 * Trap: `not` grants when its rule throws or returns an error. It is not used.
 */
const shieldPackage: typeof GraphQLShield = createRequire(import.meta.url)('graphql-shield');

/** A rule of graphql-shield: a function with a name, or rules that `and` or `or` joins. */
export type ShieldRule = Parameters<typeof GraphQLShield.and>[number];

export type ShieldOptions = NonNullable<Parameters<typeof GraphQLShield.shield>[1]>;

export const allow: ShieldRule = shieldPackage.allow;
export const deny: ShieldRule = shieldPackage.deny;
export const or: (...rules: ShieldRule[]) => ShieldRule = shieldPackage.or;

/**
 * The function of a rule. Only `true` grants.
 *
 * Trap: shield drops the code of an error that is thrown. Rules return their errors.
 */
export type RuleFunction<TContext> = (
  parent: unknown,
  args: unknown,
  context: TContext,
  info: GraphQLResolveInfo,
) => true | false | Error | Promise<true | false | Error>;

/**
 * Creates a rule of graphql-shield.
 *
 * Traps: shield's caches use the name of a rule as key. They would reuse the decision on one caller, object, field or event
 * for another, so nothing is cached. Shield gives a rule without a name a random one, so each rule has a name.
 */
export function createRule<TContext>(name: string, decide: RuleFunction<TContext>): ShieldRule {
  return shieldPackage.rule(name, { cache: 'no_cache' })(decide);
}

/**
 * Joins rules that must all hold.
 *
 * Trap: `and()` without children allows.
 */
export function allOf(rules: readonly ShieldRule[]): ShieldRule {
  const [only = deny, ...others] = rules;
  return others.length === 0 ? only : shieldPackage.and(only, ...others);
}

/**
 * Asks whether a rule grants one call of a field.
 *
 * Trap: shield writes `_shield` into the context, and that of a server may be frozen. `context` is an object made for this.
 */
export type AskShield = (
  rule: ShieldRule,
  context: object,
  call: { readonly parent: unknown; readonly args: object; readonly info: GraphQLResolveInfo },
) => Promise<boolean>;

/**
 * Creates the function that lets graphql-shield decide. The middleware of a rule is generated when it is first asked,
 * because a schema has thousands of rules and most are never asked.
 */
export function createAskShield(): AskShield {
  // If a version of shield generates something else, the start fails and not the first denial.
  generateMiddleware(deny);
  const middlewares = new WeakMap<ShieldRule, FieldMiddleware>();
  return async (rule, context, { parent, args, info }) => {
    const middleware = middlewares.get(rule) ?? generateMiddleware(rule);
    middlewares.set(rule, middleware);
    return (await middleware(() => GRANTED, parent, args, context, info)) === GRANTED;
  };
}

/**
 * Generates shield's middleware of a rule.
 *
 * Trap: shield's generator copies its result for each field, so its time grows with the square of the fields. Here it gets a
 * schema of one field for each rule.
 *
 * Traps: with `debug` internal messages would reach the client. All requests would share the error of `fallbackError`. So
 * it says nothing, and the guard makes the error of each denial.
 */
function generateMiddleware(rule: ShieldRule): FieldMiddleware {
  const options = { debug: false, allowExternalErrors: false, fallbackRule: deny, fallbackError: 'without words' };
  return middlewareOfField(shieldPackage.shield({ Query: { field: rule } }, options).generate(ONE_FIELD));
}

type FieldMiddleware = (
  resolve: () => unknown,
  parent: unknown,
  args: object,
  context: object,
  info: GraphQLResolveInfo,
) => Promise<unknown>;

/**
 * Result of a rule that granted. It stands in for the resolver, which runs outside the middleware.
 *
 * Trap: shield turns errors of a resolver in the middleware into "Not Authorised!", or with `allowExternalErrors` into the
 * value of the field.
 */
const GRANTED = Symbol('granted');

const ONE_FIELD = buildASTSchema(parse('type Query { field: Boolean }', { noLocation: true }));

/**
 * Returns the middleware of the only field. Shield generates a function for a single rule, and an object with `resolve` for
 * joined rules.
 *
 * @throws TypeError when another version of shield generates something else. The server then does not start.
 * @internal
 */
export function middlewareOfField(generated: unknown): FieldMiddleware {
  const ofField: unknown = Object(Object(generated).Query).field;
  const middleware: unknown = typeof ofField === 'function' ? ofField : Object(ofField).resolve;
  if (!isFieldMiddleware(middleware)) throw new TypeError('graphql-shield generated no middleware for the field.');
  return middleware;
}

function isFieldMiddleware(value: unknown): value is FieldMiddleware {
  return typeof value === 'function';
}
