import {
  type ApolloServerPlugin,
  type BaseContext,
  type GraphQLRequestContext,
  type GraphQLResponse,
  HeaderMap,
} from '@apollo/server';
import type { FormattedExecutionResult } from 'graphql';
import type { Caller } from '../../authentication/caller.js';
import type { Authorization, AuthorizationContext, OperationDecision } from '../../authorization/authorization.js';
import { limitErrors, withOmitted } from '../../authorization/decisions/limit-denials.js';
import { needsNoGuards } from '../../authorization/operations/check-operation.js';
import { recordOf } from '../../http/operation-record.js';
import { countRootFields } from '../cost/compiled-operation.js';
import type { CheckCost, CostedOperation } from '../cost/operation-cost.js';
import type { UnguardedExecution } from '../execution/unguarded-execution.js';
import type { AnswerIntrospection, AskedOperation } from '../introspection/permitted-introspection.js';
import type { CallerRates, RatedClient } from '../rates/caller-rates.js';
import type { Refusal, Refusals } from '../refusals/refusal.js';
import { decideCallerOf } from '../undecided-caller.js';
import { keepOnly } from './field-errors.js';

/**
 * Lets authorization decide each operation before it runs. It is refused as a whole, executed without guards (if the token
 * grants all of it), or left to Apollo Server and the guarded schema.
 *
 * The cost of an operation is checked only after authorization lets it pass. A caller who may not use a field therefore gets
 * the same answer at any cost and learns nothing about the cost of closed fields.
 *
 * Answers by `responseForOperation` and not by a thrown error, which could carry one denial only.
 */
export function authorizationPlugin<TContext extends AuthorizationContext>(options: {
  readonly authorization: Pick<Authorization<TContext>, 'check' | 'hangsOnGroups'>;
  readonly refusals: Refusals;
  readonly checkCost: CheckCost;
  /** Coordinates of root fields whose resolvers may read the roles of the caller. */
  readonly roleReaders?: ReadonlySet<string> | undefined;
  /** Without it, every operation runs on the guarded schema. */
  readonly executeUnguarded?: UnguardedExecution | undefined;
  /** Answers operations that ask for the schema. Without it, they are answered from the schema of the server. */
  readonly answerIntrospection?: AnswerIntrospection | undefined;
  /** Counts the mutations of verified callers. */
  readonly rates?: CallerRates | undefined;
}): ApolloServerPlugin<TContext> {
  const { authorization, refusals, checkCost, executeUnguarded, answerIntrospection, rates, roleReaders } = options;
  async function refuseTooMuch(asked: CostedOperation, caller: Caller | undefined): Promise<Refusal | undefined> {
    const tooCostly = checkCost(asked);
    if (tooCostly) return refusals.ofCost(tooCostly);
    if (!rates || !caller || asked.operation.operation !== 'mutation') return undefined;
    const tooOften = await rates.enterMutation(clientOf(caller), countRootFields(asked));
    return tooOften && refusals.ofRate(tooOften);
  }

  async function execute(asked: AskedOperation, decision: Exclude<OperationDecision, { kind: 'refused' }>) {
    const ofSchema = answerIntrospection?.(asked);
    if (ofSchema || !needsNoGuards(decision)) return ofSchema;
    return executeUnguarded?.({ ...asked, denied: decision.deniedFields });
  }

  return {
    async requestDidStart() {
      let omitted = 0;
      return {
        async didEncounterErrors({ errors }) {
          // Apollo Server formats what is left in this very list, which costs more than to deny.
          const limited = limitErrors(errors);
          omitted += limited.omitted;
          if (limited.errors.length < errors.length) keepOnly(errors, limited.errors);
        },
        async responseForOperation(requestContext) {
          const { document, operation, operationName, request, contextValue: context } = requestContext;
          if (!operation) return null;
          const asked = { document, operationName, variables: request.variables, context };
          const hangs = authorization.hangsOnGroups({ ...asked, caller: context.caller }, roleReaders);
          const caller = hangs ? await decideCallerOf(context) : context.caller;
          const decision = authorization.check({ ...asked, caller });
          if (decision.kind === 'refused') {
            const extensions = withOmitted(undefined, decision.omitted);
            return toResponse(refusals.ofOperation(decision, caller?.authority), requestContext, extensions);
          }
          const tooMuch = await refuseTooMuch({ ...asked, operation, record: recordOf(context) }, context.caller);
          if (tooMuch) return toResponse(tooMuch, requestContext);
          return toAnswer(await execute({ ...asked, operation }, decision));
        },
        async willSendResponse({ response: { body } }) {
          if (body.kind !== 'single' || !body.singleResult.errors) return;
          const limited = limitErrors(body.singleResult.errors);
          body.singleResult.errors = limited.errors;
          const extensions = withOmitted(body.singleResult.extensions, omitted + limited.omitted);
          if (extensions) body.singleResult.extensions = extensions;
        },
      };
    },
  };
}

function clientOf(caller: Caller): RatedClient {
  return { holder: `${caller.tenantId}/${caller.objectId}`, caller };
}

/** Undefined: Apollo Server has to execute. */
function toAnswer(singleResult: FormattedExecutionResult | undefined): GraphQLResponse | null {
  return singleResult ? { http: { headers: new HeaderMap() }, body: { kind: 'single', singleResult } } : null;
}

/** The operations of a batch have one status, which that of a refused one among them must not decide. */
function toResponse(
  { status, headers, errors }: Refusal,
  { requestIsBatched }: Pick<GraphQLRequestContext<BaseContext>, 'requestIsBatched'>,
  extensions?: Record<string, unknown>,
): GraphQLResponse {
  const http = requestIsBatched ? { headers: new HeaderMap() } : { status, headers };
  return { http, body: { kind: 'single', singleResult: { errors, ...(extensions && { extensions }) } } };
}
