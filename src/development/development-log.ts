import type { FastifyServerOptions } from 'fastify';

/** The log of `dev`: readable lines instead of JSON. */
export async function developmentLog(level: string): Promise<FastifyServerOptions['logger']> {
  const { default: pretty } = await import('pino-pretty');
  return {
    level,
    stream: pretty({
      sync: true,
      colorize: false,
      ignore: 'pid,hostname,reqId',
      translateTime: 'SYS:HH:MM:ss',
      singleLine: true,
    }),
  };
}
