import type { FastifyServerOptions } from 'fastify';
import { createLogStream } from '../cli/log-stream.js';
import type { Colours } from '../cli/terminal/colours.js';
import type { Persona } from '../emulator/persona.js';
import { createReadableLog } from './readable-log.js';

/** Returns the log of `dev`. It writes readable lines instead of JSON, each at once. */
export function developmentLog(
  level: string,
  options: { readonly colours: Colours; readonly personas: readonly Persona[] },
): FastifyServerOptions['logger'] {
  const log = createLogStream(1, 0);
  const names = new Map(options.personas.map(({ name, objectId }) => [objectId, name]));
  const toReadable = createReadableLog({ colours: options.colours, nameOf: (objectId) => names.get(objectId) });
  return {
    level,
    stream: {
      write(line) {
        const text = toReadable(line);
        if (text !== '') log.write(text);
      },
    },
  };
}
