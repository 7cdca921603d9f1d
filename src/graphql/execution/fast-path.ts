import type { FastifyRequest } from 'fastify';
import { type FormattedExecutionResult, OperationTypeNode } from 'graphql';
import { acceptedType } from '../../http/answers/accepted-type.js';
import type { ReadyResponse } from '../../http/answers/security-headers.js';
import { isJsonObject } from '../../values/is-object.js';
import { isPromise } from '../../values/is-promise.js';
import { endOperation } from '../apollo/operation-span.js';
import { refusalOfAll } from '../refusals/nothing-ran.js';
import type { ResourceContext } from '../resource.js';
import { createKnownOperations } from './known-operations.js';
import type { OperationSteps } from './operation-steps.js';

/**
 * Answers a request without Apollo Server. Undefined: that is for Apollo Server to do, and nothing has run yet.
 *
 * @param context of this request
 */
export type FastPath = (
  request: FastifyRequest,
  context: ResourceContext,
) => ReadyResponse | Promise<ReadyResponse> | undefined;

/**
 * Creates the fast path for the most common request: a query that Apollo Server has answered before, and whose fields are all
 * decided by the caller's token. Parsing, validation and content negotiation depend on texts alone, so their earlier result
 * is reused. Checks that depend on the caller or the variables run again, by the same functions. A test holds that the
 * client gets the same bytes.
 */
export function createFastPath(steps: OperationSteps, nameOperation: (name: string | undefined) => void): FastPath {
  const runKnown = createKnownOperations(steps, nameOperation);
  return (request, context) => {
    const asked = readPlainQuery(request);
    if (!asked) return undefined;
    const contentType = acceptedType(request.headers.accept);
    if (contentType === undefined) return undefined;
    const known = runKnown(asked, context);
    if (!known) return undefined;
    const { operation, result } = known;
    const answer = (answered: FormattedExecutionResult) => {
      steps.denialLog.write(context);
      endOperation(context, { operation, errors: answered.errors });
      const refusal = answered.errors && refusalOfAll(answered, context);
      if (!refusal) return answerOf(contentType, answered, steps);
      const { status, headers, errors } = refusal;
      return { status, headers, contentType, body: `${JSON.stringify({ errors })}\n` };
    };
    return isPromise(result) ? result.then(answer) : answer(result);
  };
}

const RETRY_SOON: readonly (readonly [string, string])[] = [['retry-after', '1']];

/** Reads a POST of JSON with nothing but a query in it. */
function readPlainQuery({ method, headers, body }: FastifyRequest) {
  if (method !== 'POST' || headers['content-type'] !== 'application/json') return undefined;
  if (!isJsonObject(body)) return undefined;
  const { query, operationName, variables, extensions } = body;
  if (typeof query !== 'string' || (extensions !== undefined && extensions !== null)) return undefined;
  if (variables !== undefined && variables !== null && !isJsonObject(variables)) return undefined;
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') return undefined;
  const type = OperationTypeNode.QUERY as const;
  return { type, query, operationName: operationName ?? undefined, variables: variables ?? undefined };
}

/** As Apollo Server writes it, the line's end included. A custom scalar can give what JSON has no form for. */
function answerOf(
  contentType: string,
  { errors, data, extensions }: FormattedExecutionResult,
  { answerBounds, formatError }: Pick<OperationSteps, 'answerBounds' | 'formatError'>,
): ReadyResponse {
  try {
    const text = answerBounds.stringify({
      ...(errors && { errors }),
      ...(data !== undefined && { data }),
      ...(extensions && { extensions }),
    });
    if (typeof text === 'string') return { status: 200, contentType, body: `${text}\n` };
    const headers = text.status === 503 ? RETRY_SOON : undefined;
    return { status: text.status, contentType, headers, body: `${JSON.stringify(text.result)}\n` };
  } catch (error) {
    const masked = formatError({ message: '', extensions: { code: 'INTERNAL_SERVER_ERROR' } }, error);
    return { status: 500, contentType, body: `${JSON.stringify({ errors: [masked] })}\n` };
  }
}
