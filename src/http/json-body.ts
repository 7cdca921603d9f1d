import type { FastifyInstance } from 'fastify';
import type { DescribeLimit } from '../config/limit-error.js';
import type { Limits } from '../config/limits.js';
import { RequestError } from './answers/request-errors.js';
import { hasMoreValues } from './json-values.js';

/** Reads JSON bodies as Fastify does, and refuses those with too many values before they are parsed. */
export function registerJsonBody(
  fastify: FastifyInstance,
  { limits, describeLimit }: { readonly limits: Pick<Limits, 'requestValues'>; readonly describeLimit: DescribeLimit },
): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeContentTypeParser('application/json');
  fastify.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (!hasMoreValues(body, limits.requestValues)) return parse(request, body, done);
    return done(new RequestError(400, { errors: [describeLimit('requestValues')] }), undefined);
  });
}
