import type { FastifyReply, FastifyRequest } from 'fastify';

/** A request and its reply, for functions that need both. */
export interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}
