import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import {
  type DocumentNode,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  parse,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { createAuthorization } from '../../../src/authorization/authorization.js';
import type { ResourceContext } from '../../../src/graphql/resource.js';
import { randomCallers } from '../../authorization/random-rules.js';
import { Random } from './compiled/random.js';
import { randomQuery } from './compiled/random-query.js';
import { randomSchema } from './compiled/random-schema.js';
import { addRandomRules } from './random-rules-on-schema.js';

/** How the fields of an operation itself were resolved. */
export type Way = 'guarded' | 'bare' | 'compiled';

/** A random schema with rules, an operation with two choices of variables, and a caller of each kind. */
export function randomOperation(g: fc.GeneratorValue) {
  const random = new Random(g(() => fc.noBias(fc.nat())));
  const weather = { timing: g(fc.constantFrom, 'sync' as const, 'async' as const), trouble: 0 };
  const schema = randomSchema(random, weather);
  addRandomRules(g, schema, g(fc.constantFrom, 0, 5, 15));
  const query = randomQuery(random, schema, weather);
  const isMutation = g(fc.integer, { min: 0, max: 3 }) === 3;
  const source = isMutation ? toMutation(query.source) : query.source;
  const isLater = g(fc.boolean);
  const policy = (holds: boolean) => () => (isLater ? setImmediate(holds) : holds);
  const policies = { q0: policy(g(fc.boolean)), q1: policy(g(fc.boolean)) };
  const mode = g(fc.constantFrom, 'enforce' as const, 'enforce' as const, 'report' as const);
  return {
    schema,
    mode,
    source,
    variables: [query.variables, { ...query.variables, flag: false }],
    document: parse(source),
    accept: g(fc.constantFrom, 'application/json', 'application/graphql-response+json'),
    policies,
    check: createAuthorization<ResourceContext>({ schema, policies, mode }).check,
    callers: randomCallers(g),
    weather,
    /** How bad the weather may become. */
    trouble: g(fc.constantFrom, 5, 40),
    ran: watchRoots(schema),
  };
}

/** The two root types have the same fields. */
function toMutation(query: string): string {
  return query.replace(/^query/, 'mutation').replaceAll('on Query', 'on Mutation');
}

/** The log of how the fields of operations are resolved. */
function watchRoots(schema: GraphQLSchema): Set<Way> {
  const ran = new Set<Way>();
  const roots = [schema.getQueryType(), schema.getMutationType()];
  for (const field of roots.flatMap((type) => Object.values(type?.getFields() ?? {}))) {
    const { resolve } = field;
    field.resolve = (parent, given, context, info) => {
      ran.add(wayOf(info));
      return resolve?.(parent, given, context, info);
    };
  }
  return ran;
}

function wayOf({ schema }: GraphQLResolveInfo): Way {
  if (schema.extensions.isGuarded) return 'guarded';
  return new Error('to see who calls').stack?.includes('/src/graphql/execution/compiled/') ? 'compiled' : 'bare';
}

/** The function that names the type of an object if a document selects an interface or a union. */
export function typedBy(schema: GraphQLSchema, document: DocumentNode): 'resolveType' | 'isTypeOf' | undefined {
  let found: ReturnType<typeof typedBy>;
  const typeInfo = new TypeInfo(schema);
  const Field = () => {
    const type = getNamedType(typeInfo.getType());
    if (!isAbstractType(type)) return;
    const [member] = schema.getPossibleTypes(type);
    found = type.resolveType || !member?.isTypeOf ? 'resolveType' : 'isTypeOf';
  };
  visit(document, visitWithTypeInfo(typeInfo, { Field }));
  return found;
}
