import { type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import type { FormattedExecutionResult } from 'graphql';
import type { ResourceContext } from '../resource.js';
import type { Refusal } from './refusal.js';

/**
 * Returns the refusal for an operation that the server had no capacity for, so that nothing of it has run. It replaces the
 * empty answer and has an HTTP status and Retry-After. Undefined when something ran: then the errors stay those of their
 * fields.
 */
export function refusalOfAll(
  { data, errors = [] }: FormattedExecutionResult,
  context: ResourceContext,
): Refusal | undefined {
  const refused = context.refusal?.();
  if (!refused || errors.length === 0) return undefined;
  if (Object.values(data ?? {}).some((value) => value !== null)) return undefined;
  const { status, message, extensions } = refused;
  if (errors.some((error) => error.extensions?.code !== extensions.code)) return undefined;
  const { retryAfterSeconds } = extensions;
  const headers = new HeaderMap(
    retryAfterSeconds === undefined ? [] : [['retry-after', String(retryAfterSeconds)] as const],
  );
  return { status, headers, errors: [{ message, extensions: { ...extensions } }] };
}

/** Sends such refusals. Belongs behind the plugins that look at answers. */
export const nothingRanPlugin: ApolloServerPlugin<ResourceContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ response, contextValue, requestIsBatched }) {
        if (response.body.kind !== 'single') return;
        const refusal = refusalOfAll(response.body.singleResult, contextValue);
        if (!refusal) return;
        response.body.singleResult = { errors: refusal.errors };
        // The operations of a batch have one status, which that of one among them must not decide.
        if (requestIsBatched) return;
        response.http.status = refusal.status;
        for (const [name, value] of refusal.headers) response.http.headers.set(name, value);
      },
    };
  },
};
