import { readFileSync } from 'node:fs';
import { makeExecutableSchema } from '@graphql-tools/schema';
import type { IResolvers } from '@graphql-tools/utils';
import { type ExecutionResult, execute, type GraphQLSchema, parse, validate } from 'graphql';
import type { AppOnlyCaller, Caller, DelegatedCaller } from '../../src/authentication/caller.js';
import {
  type Authorization,
  type AuthorizationContext,
  type AuthorizationOptions,
  createAuthorization,
  type OperationDecision,
} from '../../src/authorization/authorization.js';

/** The directives, as every schema here uses them. */
export const directives = readFileSync(new URL('../../schema/directives.graphql', import.meta.url), 'utf8');

/** A user without any right, unless given. */
export function user(
  holds: {
    readonly scopes?: readonly string[];
    readonly roles?: readonly string[];
    readonly authContexts?: readonly string[];
    readonly canStepUp?: boolean;
  } = {},
): DelegatedCaller {
  return {
    kind: 'delegated',
    tenantId: '11111111-1111-4111-8111-111111111111',
    objectId: '22222222-2222-4222-8222-222222222222',
    clientId: '33333333-3333-4333-8333-333333333333',
    isGuest: false,
    claims: {},
    scopes: new Set(holds.scopes),
    roles: new Set(holds.roles),
    authContexts: new Set(holds.authContexts),
    canStepUp: holds.canStepUp ?? false,
  };
}

/** An application without a user, with these application permissions. */
export function application(...permissions: readonly string[]): AppOnlyCaller {
  const { tenantId, clientId } = user();
  return {
    kind: 'app-only',
    tenantId,
    objectId: '44444444-4444-4444-8444-444444444444',
    clientId,
    isGuest: false,
    claims: {},
    permissions: new Set(permissions),
  };
}

/** The same caller through an agent, or an agent that calls for itself. */
export function asAgent<T extends Caller>(caller: T): T {
  const actsFor = caller.kind === 'app-only' ? 'itself' : 'user';
  return { ...caller, agent: { identityId: caller.clientId, blueprintId: undefined, actsFor } };
}

/** An executable schema of this SDL and the directives. */
export function schemaOf(sdl: string, resolvers: IResolvers = {}): GraphQLSchema {
  return makeExecutableSchema({ typeDefs: [directives, sdl], resolvers });
}

/** Authorization for a schema given as SDL and resolvers. */
export function authorize(
  sdl: string,
  resolvers: IResolvers = {},
  options: Omit<AuthorizationOptions<AuthorizationContext>, 'schema'> = {},
): Authorization<AuthorizationContext> & { readonly bare: GraphQLSchema } {
  const bare = schemaOf(sdl, resolvers);
  return { ...createAuthorization({ schema: bare, ...options }), bare };
}

/** An error, as far as tests look at it. */
export interface Outcome {
  readonly code: unknown;
  readonly coordinate: unknown;
  readonly path: string | undefined;
}

/** The outcome of a request. */
export interface Answer {
  readonly kind: OperationDecision['kind'];
  /** The code of a refusal. Undefined if the operation ran. */
  readonly status: number | undefined;
  readonly data: unknown;
  readonly errors: readonly Outcome[];
  readonly text: string;
}

/** A request as a server would treat it: validated, checked, and executed on the schema that the decision allows. */
export async function ask(
  authorization: Authorization<AuthorizationContext> & { readonly bare: GraphQLSchema },
  query: string,
  request: {
    readonly caller?: Caller | undefined;
    readonly variables?: Readonly<Record<string, unknown>>;
    readonly operationName?: string;
    readonly rootValue?: unknown;
  } = {},
): Promise<Answer> {
  const { caller, variables, operationName, rootValue } = request;
  const document = parse(query);
  const invalid = validate(authorization.bare, document);
  if (invalid.length > 0) throw new Error(`The test's query is invalid: ${invalid.join('; ')}`);
  const decision = authorization.check({ document, operationName, variables, caller });
  if (decision.kind === 'refused') {
    const { kind, status, errors } = decision;
    return { kind, status, data: undefined, ...toOutcomes({ errors }) };
  }
  const result = await execute({
    schema: decision.kind === 'unguarded' ? authorization.bare : authorization.schema,
    document,
    rootValue,
    contextValue: { caller },
    variableValues: variables ?? {},
    operationName: operationName ?? null,
  });
  return { kind: decision.kind, status: undefined, data: plain(result.data), ...toOutcomes(result) };
}

/** The errors of a result as outcomes, and everything that a client would see of it as text. */
export function toOutcomes(result: ExecutionResult): Pick<Answer, 'errors' | 'text'> {
  const errors = (result.errors ?? []).map(({ extensions, path }) => ({
    code: extensions.code,
    coordinate: coordinateOf(extensions.authorization),
    path: path?.join('.'),
  }));
  return { errors, text: JSON.stringify(result) };
}

/** Short form of errors: `code coordinate`. */
export function denials(answer: Pick<Answer, 'errors'>): readonly string[] {
  return answer.errors.map(({ code, coordinate }) => `${code} ${coordinate}`);
}

function coordinateOf(authorization: unknown): unknown {
  return typeof authorization === 'object' && authorization !== null && 'coordinate' in authorization
    ? authorization.coordinate
    : undefined;
}

/** Without graphql-js's null prototypes, which `toEqual` would distinguish. */
function plain(data: unknown): unknown {
  return data === undefined ? undefined : JSON.parse(JSON.stringify(data));
}
