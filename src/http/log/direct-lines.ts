import type { FastifyBaseLogger } from 'fastify';
import type { RequestIdentity } from '../request-scope.js';

/** Takes finished lines of the log: JSON with a line end. A stream of pino is one. */
export interface LineStream {
  write(line: string): unknown;
}

/** Logs fields and a message. */
type LogLine = (fields: object, message: string) => void;

/** The numbers that pino gives its levels, and the levels of a log that has lines of that level. */
const LEVELS = {
  info: { number: 30, loggedAt: ['info', 'debug', 'trace'] },
  warn: { number: 40, loggedAt: ['warn', 'info', 'debug', 'trace'] },
};

/**
 * Creates a function that writes the same lines as pino would, straight to where the log goes: pino takes as long for one as
 * a small query takes. For a logger without custom formatters or bindings, and for fields that have no errors in them.
 */
export function createDirectLines(
  { level: loggedFrom }: Pick<FastifyBaseLogger, 'level'>,
  stream: LineStream,
  level: keyof typeof LEVELS,
): LogLine {
  const { number, loggedAt } = LEVELS[level];
  if (!loggedAt.includes(loggedFrom)) return () => {};
  return (fields, msg) => {
    const written = JSON.stringify(fields).slice(1, -1);
    stream.write(`{"level":${number},"time":${Date.now()}${written && `,${written}`},"msg":${JSON.stringify(msg)}}\n`);
  };
}

/**
 * Creates a function that logs warnings with the ids of the running request, which pino would add by itself.
 *
 * @param stream without it, pino logs them
 */
export function createWarnings(
  log: Pick<FastifyBaseLogger, 'level' | 'warn'>,
  stream: LineStream | undefined,
  currentIds: () => RequestIdentity | undefined,
): LogLine {
  if (!stream) return (fields, message) => log.warn(fields, message);
  const warn = createDirectLines(log, stream, 'warn');
  return (fields, message) => warn({ ...currentIds(), ...fields }, message);
}
