import { Writable } from 'node:stream';
import type { FastifyServerOptions } from 'fastify';
import { createLogStream } from '../cli/log-stream.js';

/** Returns the log of `dev`. It writes readable lines instead of JSON, each at once. */
export async function developmentLog(level: string): Promise<FastifyServerOptions['logger']> {
  const { default: pretty } = await import('pino-pretty');
  const log = createLogStream(1, 0);
  const destination = new Writable({
    write(line, _encoding, done) {
      log.write(String(line));
      done();
    },
  });
  return {
    level,
    stream: pretty({
      destination,
      colorize: false,
      ignore: 'pid,hostname,reqId',
      translateTime: 'SYS:HH:MM:ss',
      singleLine: true,
    }),
  };
}
