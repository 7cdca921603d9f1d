import { createRequire } from 'node:module';
import { buildASTSchema, type GraphQLResolveInfo, parse } from 'graphql';
import type * as GraphQLShield from 'graphql-shield';
import { describeClause } from '../decisions/describe-missing.js';
import type { ElementRequirement } from '../requirements/requirement-table.js';

/**
 * The CommonJS build: the other one imports a function from `node:util` that Node 23 took away. Its `chain` and `race`
 * still call that function, so neither is used here.
 */
const { deny, rule, shield }: typeof GraphQLShield = createRequire(import.meta.url)('graphql-shield');

/** Asks shield about one call of a field: whether it may be resolved. Only `true` of `judge` grants. */
export type ShieldMiddleware = (judge: () => Promise<boolean>, info: GraphQLResolveInfo) => Promise<boolean>;

/**
 * A shield rule, as the middleware that shield generates from it. What shield leaves open is closed here:
 *
 * - Generated over a schema of a single field, since shield's generator copies its result for each field it adds and
 *   so is quadratic in the size of the schema. One middleware serves all fields with the same requirement.
 * - The rule is `no_cache`: shield's caches go by the rule's name alone, and would answer one caller, object or event
 *   with the decision on another.
 * - Shield writes `_shield` into the context, which may be frozen, so it gets a context of its own.
 * - The field's resolver is not run inside: shield would turn what it throws into "Not Authorised!", or with
 *   `allowExternalErrors` a thrown text into the field's *value*.
 * - Its "no" has no words, and its one error object would be shared by all requests: errors are made elsewhere.
 *
 * @param name says in shield's own messages which requirement it is; unique to the requirement.
 */
export function createShieldMiddleware(name: string): ShieldMiddleware {
  let middleware: FieldMiddleware | undefined;
  return async (judge, info) => {
    // Not at the start: thousands of requirements would be a third of it, and most never deny anybody.
    middleware ??= generateMiddleware(name);
    return (await middleware(() => GRANTED, {}, {}, { judge }, info)) === GRANTED;
  };
}

/** Makes the middleware of each distinct requirement once, when the first field with it is guarded. */
export function createShieldMiddlewares(): (element: ElementRequirement) => ShieldMiddleware {
  // A version of shield that generates something else is found out by the start, and not by the first denial.
  generateMiddleware('start');
  const middlewares = new Map<string, ShieldMiddleware>();
  return ({ requirement, policies }) => {
    const name = [`requirement ${requirement}`, ...policies.map(describeClause)].join('; ');
    const middleware = middlewares.get(name) ?? createShieldMiddleware(name);
    middlewares.set(name, middleware);
    return middleware;
  };
}

function generateMiddleware(name: string): FieldMiddleware {
  const decide = rule(name, { cache: 'no_cache' })((_parent, _args, context: ShieldContext) => context.judge());
  const generated: unknown = shield(
    { Query: { field: decide } },
    { debug: false, allowExternalErrors: false, fallbackRule: deny, fallbackError: 'without words' },
  ).generate(ONE_FIELD);
  return middlewareOfField(generated);
}

interface ShieldContext {
  readonly judge: () => Promise<boolean>;
}

type FieldMiddleware = (
  resolve: () => unknown,
  parent: object,
  args: object,
  context: object,
  info: GraphQLResolveInfo,
) => Promise<unknown>;

/** What only our own "resolver" can return, and so only a rule that granted. */
const GRANTED = Symbol('granted');

const ONE_FIELD = buildASTSchema(parse('type Query { field: Boolean }', { noLocation: true }));

/**
 * The middleware of the one field in what shield generated.
 *
 * @throws TypeError when another version of shield generates something else: the server must not start then.
 * @internal
 */
export function middlewareOfField(generated: unknown): FieldMiddleware {
  const middleware: unknown = Object(Object(generated).Query).field;
  if (!isFieldMiddleware(middleware)) throw new TypeError('graphql-shield generated no middleware for the field.');
  return middleware;
}

function isFieldMiddleware(value: unknown): value is FieldMiddleware {
  return typeof value === 'function';
}
