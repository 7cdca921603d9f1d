import type { FastifyInstance } from 'fastify';

/**
 * Headers of every response. Nothing may be stored, because an answer is meant for one caller; nothing may be framed or
 * sniffed. A page says itself what it loads, in a header or, like Apollo Sandbox, in its text; what is no page loads nothing.
 */
export function registerSecurityHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'no-referrer');
    if (reply.hasHeader('content-security-policy')) return;
    const load = isPage(reply.getHeader('content-type')) ? '' : "default-src 'none'; ";
    reply.header('content-security-policy', `${load}frame-ancestors 'none'`);
  });
}

function isPage(contentType: unknown): boolean {
  return typeof contentType === 'string' && contentType.startsWith('text/html');
}
