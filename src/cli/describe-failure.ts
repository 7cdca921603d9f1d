import { ConfigError } from '../config/config.js';

/** A failure with a cause that the user can mend: `message` says what to do, a stack would only hide it. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** Errors of the rooms that are written for the person at the terminal. */
const FOR_PEOPLE: ReadonlySet<string> = new Set([
  'CommandError',
  'DatabaseSetupError',
  'EmulatorError',
  'EmbeddedPostgresError',
]);

/** What is wrong with the schema and its rules, a line for each problem. By name, for the commands that load no schema. */
const OF_THE_SCHEMA: ReadonlySet<string> = new Set(['SchemaError', 'RequirementError']);

/** The text for a failed command: advice where the cause is known, the stack where it is not. */
export function describeFailure(error: unknown): string {
  if (error instanceof ConfigError)
    return `The server cannot start, ${count(error.problems.length)}:\n${error.message}`;
  if (!(error instanceof Error)) return String(error);
  if (isPortInUse(error)) {
    return `Port ${error.port} is already in use. Is the server already running? Stop it, or choose another with PORT=… .`;
  }
  if (OF_THE_SCHEMA.has(error.name))
    return `The schema cannot be served as it is:
${error.message}`;
  return FOR_PEOPLE.has(error.name) ? error.message : (error.stack ?? error.message);
}

function isPortInUse(error: Error): error is Error & { port: number } {
  return 'code' in error && error.code === 'EADDRINUSE' && 'port' in error;
}

function count(problems: number): string {
  return problems === 1 ? 'a setting is missing or wrong' : `${problems} settings are missing or wrong`;
}
