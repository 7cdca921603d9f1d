import { type ApolloServerPlugin, type GraphQLResponse, HeaderMap } from '@apollo/server';
import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLSchema,
} from 'graphql';
import type { LimitError } from '../../../config/limit-error.js';
import type { ErrorFormatter } from '../../apollo/error-format.js';
import { formatResult } from '../../apollo/format-result.js';
import type { OperationSpan } from '../../apollo/operation-span.js';
import type { ResourceContext } from '../../resource.js';

/** The purpose of a pass of an operation through Apollo Server. Queries and mutations ignore it. */
export type SubscriptionStage = OpeningStage | EventStage;

/** Ask the resolver for its source of events. */
export interface OpeningStage {
  readonly kind: 'opening';
  /** Takes a place for the subscription. Returns the error when there is none; nothing has run then. */
  admit(): LimitError | undefined;
  /** Set when the subscription was accepted. */
  source?: AsyncIterable<unknown>;
  /** Span of the operation. */
  span?: OperationSpan | undefined;
}

/** Answer one event of the source. */
export interface EventStage {
  readonly kind: 'event';
  readonly event: unknown;
  readonly opening: OpeningStage;
}

/** Key of the stage in a context. It is a property, because Apollo Server copies the context. */
const STAGE = Symbol('subscription stage');

/** Notes in a context why its operation is passed through Apollo Server. */
export function atStage<TContext extends ResourceContext>(context: TContext, stage: SubscriptionStage): TContext {
  return Object.assign(context, { [STAGE]: stage });
}

/**
 * Runs subscriptions, which Apollo Server cannot. Its pipeline is passed once to open the source and once more for each
 * event. So limits, introspection, authorization, masking of errors and the log apply to a subscription and to each event.
 *
 * Put it behind the plugins that may refuse.
 *
 * @param schema the guarded one
 */
export function subscriptionPlugin(
  schema: GraphQLSchema,
  formatError: ErrorFormatter,
): ApolloServerPlugin<ResourceContext & { readonly [STAGE]?: SubscriptionStage }> {
  return {
    async requestDidStart() {
      return {
        async responseForOperation({ operation, document, operationName, request, contextValue }) {
          if (operation?.operation !== 'subscription') return null;
          const stage = contextValue[STAGE];
          if (!stage) return response(NEEDS_WEBSOCKET, 400);
          const result = await advance(stage, {
            schema,
            document,
            operationName,
            variableValues: request.variables,
            contextValue,
            // Apollo Server finds errors of variables again, to report them.
            options: { maxCoercionErrors: 1 },
          });
          return isOurs(result) ? response(formatResult(result, formatError)) : null;
        },
      };
    },
  };
}

async function advance(stage: SubscriptionStage, operation: ExecutionArgs): Promise<ExecutionResult> {
  if (stage.kind === 'event') return execute({ ...operation, rootValue: stage.event });
  const refused = stage.admit();
  if (refused) return refusedBefore(refused);
  const opened = await createSourceEventStream(operation);
  if (!(Symbol.asyncIterator in opened)) return opened;
  stage.source = opened;
  return { data: null };
}

/** Variables that do not fit stop a subscription before any resolver runs: Apollo Server has words of its own for them. */
function isOurs({ data, errors = [] }: ExecutionResult): boolean {
  return data !== undefined || errors.some(({ path, extensions }) => path !== undefined || 'limit' in extensions);
}

function refusedBefore({ message, extensions }: LimitError): ExecutionResult {
  return { errors: [new GraphQLError(message, { extensions: { ...extensions } })] };
}

const NEEDS_WEBSOCKET: FormattedExecutionResult = {
  errors: [
    {
      message: 'Subscriptions are served over WebSocket, with the protocol graphql-transport-ws.',
      extensions: { code: 'BAD_REQUEST' },
    },
  ],
};

function response(singleResult: FormattedExecutionResult, status?: number): GraphQLResponse {
  return { http: { headers: new HeaderMap(), ...(status && { status }) }, body: { kind: 'single', singleResult } };
}
