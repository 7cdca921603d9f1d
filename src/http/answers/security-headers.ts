import type { FastifyInstance, FastifyReply } from 'fastify';
import { recordedCodeOf } from '../operation-record.js';
import { errorTypeFor } from './accepted-type.js';

/** Headers that forbid storing, sniffing and referrers. An answer is meant for one caller. */
const EVERY_RESPONSE = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const;
const NO_FRAME = "frame-ancestors 'none'";
const NO_PAGE = `default-src 'none'; ${NO_FRAME}`;

/** Headers of every response that is not a page. Names and values in turn, as Node takes them fastest. */
export const ANSWER_HEADERS: readonly string[] = Object.entries({
  ...EVERY_RESPONSE,
  'content-security-policy': NO_PAGE,
}).flat();

/**
 * Sets the headers of every response. Framing is forbidden. HTML pages bring their own content security policy, in a header
 * or, like Apollo Sandbox, in their text. Every other response gets `default-src 'none'`.
 */
export function registerSecurityHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    reply.headers(EVERY_RESPONSE);
    if (!reply.hasHeader('content-security-policy')) {
      reply.header('content-security-policy', isPage(reply.getHeader('content-type')) ? NO_FRAME : NO_PAGE);
    }
    done();
  });
}

/** Characters that Node writes from its stack. A longer text it would join with the headers, and then copy as a whole. */
const LONG_TEXT = 16_384;

/** A response other than a page, ready to be sent. */
export interface ReadyResponse {
  readonly status: number;
  /** Default: JSON in the media type that the client accepts. */
  readonly contentType?: string | undefined;
  /** Beside those of every response. */
  readonly headers?: Iterable<readonly [name: string, value: string]> | undefined;
  /** Errors in the body of a refusal. The log gets the code of the first. */
  readonly errors?: readonly Parameters<typeof recordedCodeOf>[0][] | undefined;
  readonly body: string;
}

/**
 * Sends a response with the headers of every response. It bypasses the hooks and header tables of Fastify, which cost as
 * much as a small query. Headers that other plugins have set (CORS) are kept.
 */
export function sendPrebuilt(reply: FastifyReply, { status, contentType, headers, errors, body }: ReadyResponse): void {
  if (errors) reply.request.refusalCode = recordedCodeOf(errors[0]);
  const type = contentType ?? errorTypeFor(reply.request);
  const sent = body.length > LONG_TEXT ? Buffer.from(body) : body;
  const written = [...ANSWER_HEADERS, 'content-type', type, 'content-length', String(Buffer.byteLength(sent))];
  if (headers) for (const [name, value] of headers) written.push(name, value);
  for (const [name, value] of Object.entries(reply.getHeaders())) written.push(name, String(value));
  reply.hijack();
  reply.raw.writeHead(status, written).end(sent);
}

function isPage(contentType: unknown): boolean {
  return typeof contentType === 'string' && contentType.startsWith('text/html');
}
