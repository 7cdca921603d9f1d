import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { DescribeLimit } from '../../config/limit-error.js';
import type { Limits } from '../../config/limits.js';
import { RequestError } from '../answers/request-errors.js';

type PartLimits = Pick<Limits, 'requestBodyParts' | 'partBytes'>;

/**
 * Refuses a body that arrives in many tiny parts. A part is a chunk of HTTP or a packet, and a tiny one takes as long as a
 * large one.
 */
export function boundBodyParts(
  fastify: FastifyInstance,
  { limits, describeLimit }: { readonly limits: PartLimits; readonly describeLimit: DescribeLimit },
): void {
  fastify.addHook('preParsing', ({ raw }, _reply, _payload, done) => {
    if (mayHaveManyParts(raw, limits)) countParts(raw, limits, (parts) => refuse(raw, parts, describeLimit));
    done();
  });
}

function countParts(request: IncomingMessage, limits: PartLimits, refuseParts: (parts: number) => void): void {
  let parts = 0;
  let bytes = 0;
  const count = (part: Buffer) => {
    parts += 1;
    bytes += part.length;
    if (parts <= limits.requestBodyParts + bytes / limits.partBytes) return;
    request.off('data', count);
    refuseParts(parts);
  };
  request.on('data', count);
}

/** Returns whether a body can have too many parts: a part has at least one byte. */
function mayHaveManyParts({ headers }: IncomingMessage, { requestBodyParts }: PartLimits): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > requestBodyParts;
}

/** Ends the reading of the body with an error, which is the answer. A body that no route reads has no reader to tell. */
function refuse(request: IncomingMessage, parts: number, describeLimit: DescribeLimit): void {
  const error = new RequestError(413, { errors: [describeLimit('requestBodyParts', parts)] });
  if (request.listenerCount('error') > 0) request.emit('error', error);
  else request.socket.destroy();
}

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
