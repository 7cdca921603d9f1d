import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { DescribeLimit } from '../config/limit-error.js';
import type { Limits } from '../config/limits.js';
import { RequestError } from './answers/request-errors.js';
import { hasMoreValues } from './json-values.js';

/** Replaces the text of a JSON body by its value. Throws what refuses the request. */
export type ParseBody = (request: FastifyRequest) => void;

/**
 * Reads JSON bodies as Fastify does, and refuses those with too many values before they are parsed.
 *
 * @param later route whose bodies stay texts until it has them parsed. Many of its requests wait for their turn, and parsed
 *   values take up to 50 times the memory of their text
 */
export function registerJsonBody(
  fastify: FastifyInstance,
  options: {
    readonly limits: Pick<Limits, 'requestValues'>;
    readonly describeLimit: DescribeLimit;
    readonly later: string;
  },
): ParseBody {
  const { limits, describeLimit, later } = options;
  const fastifys = fastify.getDefaultJsonParser('error', 'error');
  const parse: typeof fastifys = (request, body, done) => {
    if (!hasMoreValues(String(body), limits.requestValues)) return fastifys(request, body, done);
    return done(new RequestError(400, { errors: [describeLimit('requestValues')] }), undefined);
  };
  fastify.removeContentTypeParser('application/json');
  fastify.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) =>
    request.routeOptions.url === later ? done(null, body) : parse(request, body, done),
  );
  return (request) => {
    if (typeof request.body !== 'string') return;
    parse(request, request.body, (error, value) => {
      if (error) throw error;
      request.body = value;
    });
  };
}
