import { readFileSync } from 'node:fs';
import type { ApolloServerPlugin } from '@apollo/server';
import type { ValidationRule } from 'graphql';
import type { Authentication } from '../../authentication/authentication.js';
import {
  callback,
  checkOptions,
  type OptionType,
  object,
  objectWith,
  webAddress,
  whole,
} from '../../authentication/options/check-options.js';
import {
  AccessTokenError,
  isOutage,
  SignatureNotCheckedError,
} from '../../authentication/refusals/access-token-error.js';
import { bearerTokenIn } from '../../authentication/request/bearer-token.js';
import { readCredentials } from '../../authentication/request/request-credentials.js';
import { recordsAccess } from '../../authorization/audit/record-access.js';
import type { Authorization, AuthorizationContext } from '../../authorization/authorization.js';
import { createDescribeLimit } from '../../config/limit-error.js';
import { completeLimits, defaultLimits, FAILURES_PER_MINUTE, type Limits } from '../../config/limits.js';
import type { CallerDownstream, Downstream } from '../../downstream/downstream.js';
import { type CheckCost, createCostCheck } from '../cost/operation-cost.js';
import { requestTextsPlugin } from '../documents/request-texts.js';
import { createVariableBounds } from '../documents/variable-bounds.js';
import { isForGateway } from '../refusals/gateway.js';
import { createHostFailureLimit } from '../refusals/host-failure-limit.js';
import { type ChallengeAddresses, Refusals, toRefusalError } from '../refusals/refusal.js';
import { answerStoragePlugin } from './answer-storage.js';
import { authorizationPlugin } from './authorization-plugin.js';
import { boundedErrorsPlugin } from './bounded-errors.js';
import { createDocumentLimits } from './document-limits.js';
import { fieldErrorPlugin } from './field-errors.js';
import { gatewayStatusPlugin } from './gateway-status.js';
import { type ErrorLog, fieldResolverPlugin, requireHost } from './host-server.js';
import { acceptedTypes, findRequest } from './integration-request.js';
import { requestAddress, sourceOf } from './request-address.js';

/** The directives, as type definitions to put beside those of your own schema. */
export const directiveTypeDefs: string = readFileSync(
  new URL('../../../schema/directives.graphql', import.meta.url),
  'utf8',
);

const FORGOTTEN_PLUGINS =
  'The plugins of protectApolloServer are not in use, so operations would not be refused. Give them to the server that is started: new ApolloServer({ schema: authorization.schema, plugins, validationRules }).';

const NOT_RECORDED =
  'The schema has fields with @audited, and nothing records their use: create the authorization from withAccessRecord(schema, record), or remove @audited.';

/** Options of {@link protectApolloServer}. */
export interface Protection<TContext extends AuthorizationContext> extends ChallengeAddresses {
  /** Verifies the tokens. */
  readonly authentication: Pick<Authentication, 'authenticate'>;
  /** Decides the fields. The server has to be given `authorization.schema`, else it does not start. */
  readonly authorization: Pick<
    Authorization<TContext>,
    'check' | 'hangsOnGroups' | 'schema' | 'isPublic' | 'requirements'
  >;
  /** Other APIs for the caller, from `createDownstream`. `context` then has `downstream` beside the caller. */
  readonly downstream?: Pick<Downstream, 'of'>;
  /** Bounds of operations that differ from the defaults of `docs/limits.md`, such as `{operationCost: 5000}`. */
  readonly limits?: Partial<Limits>;
  /**
   * Returns the address of the client from the argument of the integration's context function. Undefined: not known.
   * Refused tokens and lookups of unknown signing keys are counted by address, so that one client cannot use up those of
   * all others.
   *
   * Default: the `ip` of Express, Fastify and Koa, which follow their own setting for proxies. For others it is the other
   * end of the connection. Behind a proxy, read the header that your proxy sets itself and that clients cannot forge.
   */
  clientAddress?(integration: unknown): string | undefined;
  /**
   * Refused tokens of one address in a minute, 0 to 100 000. Beyond them bad tokens get 429 with Retry-After, and good ones
   * are verified as far as `limits.signatureChecksPerSecond` allows. 0 turns the limit off. Default 60.
   */
  readonly failuresPerMinute?: number;
}

/**
 * Protects an Apollo Server. `plugins` and `validationRules` are for its constructor. Pass `context` to its integration
 * (`startStandaloneServer`, Express, Fastify, Koa, AWS Lambda, Azure Functions, Next.js, …). A request with a bad token is
 * refused with status and challenge. So is an operation that the rules refuse, before it runs. An operation that asks for
 * too much is refused with 400. No cache stores answers with anything that is not `@public`.
 *
 * Documents are measured without `validationRules` too, but only after they were validated.
 *
 * @throws TypeError for an option that is missing, unknown or of another type
 * @throws SchemaError for cost directives that make no sense
 */
export function protectApolloServer<TContext extends AuthorizationContext>(
  protection: Protection<TContext>,
): {
  readonly plugins: ApolloServerPlugin<TContext>[];
  readonly validationRules: ValidationRule[];
  /**
   * Puts the verified caller into the context, or undefined for a request without a token. Takes the argument of the
   * integration's context function: the request or an object with it.
   */
  context(integration: unknown): Promise<AuthorizationContext & { readonly downstream?: CallerDownstream }>;
} {
  checkProtection(protection);
  const { authentication, authorization } = protection;
  if (!recordsAccess(authorization.schema)) throw new TypeError(NOT_RECORDED);
  const addressOf = protection.clientAddress ?? requestAddress;
  const refusals = new Refusals(protection);
  const limits = completeLimits(protection.limits ?? {});
  // Environment variables set nothing here, so errors do not name them.
  const describeLimit = createDescribeLimit(limits, false);
  const documents = createDocumentLimits(limits, describeLimit);
  const checkOperation = createCostCheck({
    schema: authorization.schema,
    requirements: authorization.requirements,
    limits,
    describeLimit,
  });
  const checkCost: CheckCost = (asked) => documents.check(asked.document) ?? checkOperation(asked);
  const failureLimit = createHostFailureLimit({
    failuresPerMinute: protection.failuresPerMinute,
    limits,
    describeLimit,
  });
  let log: ErrorLog | undefined;
  const host = requireHost(authorization, ({ logger }) => {
    log = logger;
  });
  return {
    plugins: [
      host,
      requestTextsPlugin,
      fieldResolverPlugin,
      answerStoragePlugin(authorization),
      documents.plugin,
      createVariableBounds(limits, describeLimit).plugin,
      authorizationPlugin({ authorization, refusals, checkCost }),
      fieldErrorPlugin({ limits }),
      boundedErrorsPlugin(limits),
      gatewayStatusPlugin,
    ],
    validationRules: [...documents.validationRules],
    async context(integration) {
      if (!log) throw new TypeError(FORGOTTEN_PLUGINS);
      let address: string | undefined;
      try {
        address = sourceOf(addressOf(integration));
        const request = findRequest(integration);
        const verified = await authentication.authenticate(request, failureLimit.begin(address));
        const caller = verified?.caller;
        if (!protection.downstream) return { caller };
        return { caller, downstream: protection.downstream.of(caller, () => bearerTokenIn(readCredentials(request))) };
      } catch (error) {
        logFault(log, error);
        const answer = failureLimit.refuse(address, error);
        const refusal = answer ? refusals.ofFailures(answer) : refusals.ofRequest(error);
        const isRead = !isForGateway(authorization.schema, acceptedTypes(integration));
        throw toRefusalError(isRead ? refusal : { ...refusal, status: 200 });
      }
    },
  };
}

/**
 * Logs faults that are not the client's. They are answered with 500 and fixed words, so the log is the only place to learn
 * of them.
 */
function logFault(log: ErrorLog, error: unknown): void {
  const isOfClient = error instanceof AccessTokenError || error instanceof SignatureNotCheckedError;
  if (isOfClient || isOutage(error)) return;
  const said = error instanceof Error ? `${error.name}: ${error.message}` : typeof error;
  log.error(`entra-graphql: the access token of a request could not be looked for: ${said}`);
}

const OPTION_TYPES: Readonly<Record<keyof Protection<AuthorizationContext>, OptionType>> = {
  authentication: objectWith('authenticate'),
  authorization: objectWith('check', 'isPublic'),
  downstream: objectWith('of'),
  limits: object,
  clientAddress: callback,
  failuresPerMinute: whole(...FAILURES_PER_MINUTE.range),
  resourceMetadata: webAddress,
  authorizationUri: webAddress,
  authorizationUris: {
    expected: `a Map with, for each name of an authority, ${webAddress.expected}`,
    fits: (value) => value instanceof Map && [...value.values()].every(webAddress.fits),
  },
};

function checkProtection(protection: Protection<never>): void {
  checkOptions(protection, OPTION_TYPES);
  const { authentication, authorization, limits = {} } = protection;
  if (authentication === undefined) throw new TypeError('authentication is required: from createAuthentication');
  if (authorization === undefined) throw new TypeError('authorization is required: from createAuthorization');
  const amounts = Object.keys(defaultLimits).map((name) => [name, whole(0, Number.MAX_SAFE_INTEGER)] as const);
  checkOptions(limits, Object.fromEntries(amounts));
}
