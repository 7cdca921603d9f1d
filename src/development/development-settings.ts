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
  const { [PARTS]: text, ...given } = environment;
  if (text === undefined) throw new CommandError('"dev-api" is started by "dev" alone. Call "entra-graphql dev".');
  const parts: DevelopmentParts = JSON.parse(text);
  return {
    ...parts,
    environment: {
      ...withEmulator(given, parts.instance, emulator),
      ...(parts.database && { DATABASE_URL: parts.database.runtimeUrl }),
    },
  };
}

/** Settings that say which tenant, app registration or credential is used. The emulator has its own. */
const IDENTITY =
  /^ENTRA_(TENANT_ID|CLIENT_ID|AUDIENCES|INSTANCE|ALLOWED_TENANTS|ALLOWED_CLIENTS|APP_SPECIFIC_SIGNING_KEYS)$|^DOWNSTREAM_(?!CACHE_KEY$)/;
/** Settings of the database. `dev` starts its own. */
const DATABASE = /^DATABASE_(AUTH|URL|LISTEN_URL|MIGRATION_URL)$/;
/** Settings that need a credential of the API. */
const CREDENTIAL_SETTINGS = /^(ENTRA_GROUP_LOOKUP|DOWNSTREAM_CACHE_KEY)$/;

/** Directory of the emulator. */
type Directory = Pick<DevelopmentData['emulator'], 'tenants' | 'api' | 'clients'>;

/** Returns the names of settings with a value that `dev` does not use. */
export function unusedSettings(environment: Environment, emulator: Directory): readonly string[] {
  const isUnused = isReplaced(emulator);
  return Object.keys(environment)
    .filter((name) => isUnused(name) && environment[name]?.trim())
    .sort();
}

/** Returns whether a setting names the identity provider, and not only what its tokens mean. */
export function namesIdentity(environment: Environment): boolean {
  return Object.keys(environment).some((name) => IDENTITY.test(name) && environment[name]?.trim());
}

/**
 * Replaces the settings that name tenant, app registration, credential and database. Others stay, such as
 * `ENTRA_GROUP_ROLES`, because they give a meaning to tokens of any authority.
 */
export function withEmulator(environment: Environment, instance: string, emulator: Directory): Environment {
  const isUnused = isReplaced(emulator);
  const secret = secretOf(emulator);
  return {
    ...Object.fromEntries(Object.entries(environment).filter(([name]) => !isUnused(name))),
    ENTRA_TENANT_ID: emulator.tenants[0].id,
    ENTRA_CLIENT_ID: emulator.api.clientId,
    ENTRA_INSTANCE: instance,
    ...(secret && { DOWNSTREAM_CLIENT_SECRET: secret, DOWNSTREAM_GRAPH_URL: instance }),
  };
}

function isReplaced(emulator: Directory): (name: string) => boolean {
  const hasCredential = secretOf(emulator) !== undefined;
  return (name) => IDENTITY.test(name) || DATABASE.test(name) || (!hasCredential && CREDENTIAL_SETTINGS.test(name));
}

/** Returns the secret of the API as a client of other APIs. */
function secretOf({ api, clients }: Directory): string | undefined {
  const own = clients.find(({ clientId }) => clientId === api.clientId);
  return own?.kind === 'confidential' ? own.secret : undefined;
}
