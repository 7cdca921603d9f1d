import { ConfigError } from '../config/config.js';

/** A failure that the user can correct. `message` says how, and a stack would only hide it. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** Errors of the rooms that are written for the person at the terminal. */
const EXPLAINED_ERRORS: ReadonlySet<string> = new Set([
  'CommandError',
  'DatabaseSetupError',
  'EmulatorError',
  'EmbeddedPostgresError',
]);

/**
 * Errors of the schema and its rules, which have a line for each problem. Known by name, because most commands load no
 * schema.
 */
const SCHEMA_ERRORS: ReadonlySet<string> = new Set(['SchemaError', 'RequirementError']);

/** Returns the text for a failed command: advice for a known cause and the stack otherwise. */
export function describeCommandFailure(error: unknown): string {
  if (error instanceof ConfigError) return `${count(error.problems.length)}:\n${error.message}`;
  if (!(error instanceof Error)) return String(error);
  const advice = listenAdvice(error);
  if (advice !== undefined) return advice;
  if (SCHEMA_ERRORS.has(error.name))
    return `The schema cannot be served as it is:
${error.message}`;
  return EXPLAINED_ERRORS.has(error.name) ? error.message : (error.stack ?? error.message);
}

/** Returns what to do about an address on which the server cannot listen; undefined for any other error. */
function listenAdvice(error: object): string | undefined {
  const { code, syscall, address, port }: { [name in 'code' | 'syscall' | 'address' | 'port']?: unknown } = error;
  if (code === 'EADDRINUSE' && port !== undefined) {
    return `Port ${port} is already in use. Is the server already running? Stop it, or choose another with PORT=… .`;
  }
  if (syscall !== 'listen') return undefined;
  if (code === 'EACCES' || code === 'EPERM') {
    return `This process may not listen on port ${port} (${code}). Choose a port from 1024 with PORT=… , or give the process the right to low ports.`;
  }
  return `HOST: the server cannot listen on ${address} (${code}). ${OWN_ADDRESS}`;
}

/** Returns the error for a name in `HOST` that has no address; any other error of `listen` as it is. */
export function toListenError(error: unknown, host: string): unknown {
  const { code, syscall } = Object(error);
  if (syscall !== 'getaddrinfo') return error;
  return new CommandError(`HOST: the name ${host} cannot be looked up (${code}). ${OWN_ADDRESS}`);
}

const OWN_ADDRESS = 'Give an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all.';

function count(problems: number): string {
  return problems === 1 ? 'A setting is missing or wrong' : `${problems} settings are missing or wrong`;
}
