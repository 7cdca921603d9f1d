import { CommandError } from '../cli/command-failure.js';
import type { Persona } from '../emulator/persona.js';
import type { DevelopmentData } from '../served-api.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Addresses of the database, with passwords. */
export interface DevelopmentDatabase {
  /** As the owner of its tables. */
  readonly ownerUrl: string;
  /** As the login of the server. */
  readonly runtimeUrl: string;
}

/** The parts of `dev` that the API uses. */
export interface DevelopmentParts {
  /** Address of the emulator. */
  readonly instance: string;
  /** Its address with https, for browsers. Undefined without one. */
  readonly signInInstance?: string | undefined;
  /** Those who can sign in. */
  readonly personas: readonly Persona[];
  /** The database. Undefined: the API has none. */
  readonly database: DevelopmentDatabase | undefined;
}

/** Holds the addresses for the API's process. They contain passwords, and other users can read the words of a command. */
const PARTS = 'ENTRA_GRAPHQL_DEV_PARTS';

/** The same parts, with the settings that follow from them. */
export interface ApiParts extends DevelopmentParts {
  readonly environment: Environment;
}

/** Returns the environment of the API's process. */
export function toApiEnvironment(environment: Environment, parts: DevelopmentParts): Environment {
  return { ...environment, [PARTS]: JSON.stringify(parts) };
}

/**
 * Reads the environment of the API's process.
 *
 * @throws CommandError when it is not one of {@link toApiEnvironment}
 */
export function readApiEnvironment(environment: Environment, { emulator }: DevelopmentData): ApiParts {
  const text = environment[PARTS];
  if (text === undefined) throw new CommandError('"dev-api" is started by "dev" alone. Call "entra-graphql dev".');
  const parts: DevelopmentParts = JSON.parse(text);
  return {
    ...parts,
    environment: {
      ...withEmulator(environment, parts.instance, emulator),
      ...(parts.database && { DATABASE_URL: parts.database.runtimeUrl }),
    },
  };
}

/** Replaces the settings of Entra and of other APIs by those of the emulator. */
export function withEmulator(
  environment: Environment,
  instance: string,
  { tenants, api, clients }: Pick<DevelopmentData['emulator'], 'tenants' | 'api' | 'clients'>,
): Environment {
  const others = Object.entries(environment).filter(([name]) => !/^(ENTRA|DOWNSTREAM)_/.test(name));
  const own = clients.find(({ clientId }) => clientId === api.clientId);
  return {
    ...Object.fromEntries(others),
    ENTRA_TENANT_ID: tenants[0].id,
    ENTRA_CLIENT_ID: api.clientId,
    ENTRA_INSTANCE: instance,
    ...(own?.kind === 'confidential' &&
      own.secret && { DOWNSTREAM_CLIENT_SECRET: own.secret, DOWNSTREAM_GRAPH_URL: instance }),
  };
}
