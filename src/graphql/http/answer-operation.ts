import type { ApolloServer } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FormattedExecutionResult } from 'graphql';
import type { ReadyResponse } from '../../http/answers/security-headers.js';
import type { RequestScope } from '../../http/request-scope.js';
import { isPromise } from '../../values/is-promise.js';
import { endOperation } from '../apollo/operation-span.js';
import type { DocumentBounds } from '../documents/document-bounds.js';
import type { TrustedDocuments } from '../documents/trusted-documents.js';
import type { FastPath } from '../execution/fast-path.js';
import type { OperationDeadline } from '../execution/operation-deadline.js';
import type { ResourceContext } from '../resource.js';
import { headersForApollo, mayBeForged } from './request-headers.js';

export interface AnswerOptions<TContext extends ResourceContext> {
  readonly apollo: ApolloServer<TContext>;
  readonly answerByFastPath: FastPath;
  readonly documentBounds: Pick<DocumentBounds, 'check'>;
  /** Undefined: every document may run. */
  readonly trustedDocuments: TrustedDocuments | undefined;
  readonly deadline: OperationDeadline;
  readonly requestScope: Pick<RequestScope, 'run'>;
  isVisit(request: FastifyRequest): boolean;
  sendPrebuilt(reply: FastifyReply, response: ReadyResponse): void;
}

/**
 * Creates the answer to a request whose context is known: by the fast path or by Apollo Server, in time, while its client
 * waits.
 */
export function createAnswer<TContext extends ResourceContext>(options: AnswerOptions<TContext>) {
  const { apollo, answerByFastPath, documentBounds, trustedDocuments, deadline, isVisit, sendPrebuilt, requestScope } =
    options;

  return answer;

  /**
   * Stays synchronous where it can and then gives Fastify nothing to wait for. A promise costs as much as some of the
   * checks.
   */
  function answer(request: FastifyRequest, reply: FastifyReply, context: TContext): Promise<unknown> | undefined {
    const answered = answerByFastPath(request, context);
    if (!answered) return whileClientWaits(request, reply, context, answerByApollo(request, reply, context));
    if (isPromise(answered))
      return whileClientWaits(
        request,
        reply,
        context,
        answered.then((settled) => reply.sent || sendPrebuilt(reply, settled)),
      );
    sendPrebuilt(reply, answered);
    void context.dispose();
    return undefined;
  }

  /** Ends the operation when the client leaves before its answer. Otherwise it would keep a connection to the database. */
  function whileClientWaits(
    request: FastifyRequest,
    reply: FastifyReply,
    context: TContext,
    answering: Promise<unknown>,
  ): Promise<unknown> {
    const leave = () => {
      if (reply.raw.writableFinished) return;
      // The connection closes outside of the request, and the line is to carry the request's ids.
      requestScope.run(request.identity, () => {
        context.abandon?.();
        const ms = Math.round(reply.elapsedTime);
        request.log.info({ method: request.method, path: '/graphql', ms }, 'the client left before its answer');
      });
    };
    let isLate = false;
    const late = (result: FormattedExecutionResult) => {
      isLate = true;
      request.log.warn(
        { method: request.method, path: '/graphql', setting: 'LIMIT_OPERATION_SECONDS' },
        'an operation was not answered in time',
      );
      endOperation(context, { errors: result.errors });
      return sendPrebuilt(reply, { status: 200, body: JSON.stringify(result) });
    };
    reply.raw.once('close', leave);
    return deadline.bound<unknown>(answering, context, late).finally(() => {
      reply.raw.off('close', leave);
      const disposed = context.dispose();
      // `dispose` waits for resolvers, and one of them may wait for ever.
      return isLate ? undefined : disposed;
    });
  }

  async function answerByApollo(request: FastifyRequest, reply: FastifyReply, context: TContext) {
    const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: request.method,
        headers: headersForApollo(request, isVisit(request)),
        body: request.body,
        search: searchOf(request.url),
      },
      // What it throws is the answer, in the media type that the client accepts.
      context: async () => {
        // A visit gets a page before this. If it ever does not, no operation runs instead of the page.
        if (mayBeForged(request, context.caller)) throw new TypeError('an operation would run for a visit');
        const document = documentOf(request);
        const error = documentBounds.check(document) ?? trustedDocuments?.check(document);
        if (error) throw error;
        return context;
      },
    });
    // The deadline has answered already.
    if (reply.sent) return reply;
    reply.code(status ?? 200);
    for (const [name, value] of headers) reply.header(name, value);
    if (body.kind !== 'complete') throw new TypeError('no directive for incremental delivery is in the schema');
    return reply.send(body.string);
  }
}

/** Returns the text of the document from the place where Apollo Server looks for it. */
function documentOf({ method, url, body }: FastifyRequest): unknown {
  return method === 'GET' ? new URLSearchParams(searchOf(url)).get('query') : Object(body).query;
}

function searchOf(url: string): string {
  const start = url.indexOf('?');
  return start === -1 ? '' : url.slice(start);
}
