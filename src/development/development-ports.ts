import { createServer } from 'node:net';
import { CommandError } from '../cli/command-failure.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the port of the API: `PORT`, by default 4000. */
export function apiPort(environment: Environment): number {
  const port = environment.PORT?.trim() || '4000';
  if (/^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) < 65_535) return Number(port);
  throw new CommandError(`PORT: got ${JSON.stringify(port.slice(0, 20))}; expected a whole number from 1 to 65534`);
}

/** Returns the port of the Entra emulator, which follows the API's so that one setting moves both. */
export function emulatorPort(environment: Environment): number {
  return apiPort(environment) + 1;
}

/** @throws the error of `listen` (EADDRINUSE, EACCES) when nothing can listen there */
export function checkPortIsFree(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
  });
}
