import { DatabaseSetupError, DatabaseUnavailableError, toDatabaseFailure } from '../database-errors.js';
import { toDatabaseError } from '../driver-errors.js';
import { hostOf } from './failure-report.js';

/** The setting that names the database. */
export type AddressSetting = 'DATABASE_URL' | 'DATABASE_LISTEN_URL' | 'DATABASE_MIGRATION_URL';

type Advice = (setting: AddressSetting) => string;

const LOGIN: Advice = (setting) =>
  setting === 'DATABASE_MIGRATION_URL'
    ? `Check login and password in DATABASE_MIGRATION_URL. ${PRINCIPAL}`
    : `Check login and password in ${setting}. ${PRINCIPAL} "npm run migrate" creates the login of DATABASE_URL if it is missing; one that exists keeps its password.`;

const PRINCIPAL =
  'With DATABASE_AUTH=entra, the login is the name of the Entra principal that PostgreSQL knows, and this host has its identity.';

const RIGHTS: Advice = (setting) =>
  setting === 'DATABASE_MIGRATION_URL'
    ? 'Let the login of DATABASE_MIGRATION_URL own the database and its tables. It needs CREATEROLE only while the login of DATABASE_URL is missing.'
    : 'Run "npm run migrate" with DATABASE_MIGRATION_URL: it gives the login of DATABASE_URL the rights it needs.';

const NETWORK: Advice = (setting) =>
  `Check host and port in ${setting}, that PostgreSQL runs, and that a firewall lets this host through.`;

const CERTIFICATE: Advice = (setting) =>
  `The certificate of PostgreSQL is not trusted. In ${setting}, name the host as the certificate does, and give its authority with sslrootcert=/path/to/ca.pem.`;

/** Advice by the beginning of the code (of PostgreSQL or of the system) or of the message. The first match counts. */
const ADVICE: readonly (readonly [string, Advice])[] = [
  ['28', LOGIN],
  ['3D000', () => 'Create the database, then "npm run migrate" with DATABASE_MIGRATION_URL.'],
  ['42501', RIGHTS],
  [
    '53300',
    () =>
      'PostgreSQL takes no more connections: raise its max_connections or the CONNECTION LIMIT of the login, or lower DATABASE_POOL_SIZE.',
  ],
  [
    '25006',
    (setting) =>
      `The database is read only: name the primary in ${setting} and not a standby, or turn default_transaction_read_only off.`,
  ],
  ['ENTRA_PACKAGE', () => 'DATABASE_AUTH=entra needs it: npm install --save-prod @azure/identity.'],
  [
    'ENTRA_IDENTITY',
    () =>
      'Give the host a managed or workload identity; elsewhere set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.',
  ],
  [
    'ENTRA_REFUSED',
    () =>
      'Check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET or AZURE_FEDERATED_TOKEN_FILE, and look the code up.',
  ],
  [
    'ENTRA_',
    () =>
      'Check that this host reaches the endpoint of its identity (AZURE_AUTHORITY_HOST names another one) and trusts its certificate. A user-assigned identity needs its client id in AZURE_CLIENT_ID.',
  ],
  ['57P03', () => 'PostgreSQL is starting or stopping: try again in a moment.'],
  [
    '08P01',
    (setting) => `Something between this host and PostgreSQL breaks its protocol. Is there a pooler in ${setting}?`,
  ],
  ['ENOTFOUND', (setting) => `The name cannot be looked up: is the host in ${setting} spelt right?`],
  ['SASL', (setting) => `PostgreSQL wants a password: ${setting} has none, or one that cannot be sent.`],
  [
    'The server does not support SSL',
    (setting) => `PostgreSQL speaks no TLS there: turn its setting ssl on, or take sslmode out of ${setting}.`,
  ],
  ['URI malformed', (setting) => `Write a percent sign in ${setting} as %25.`],
  ['ENOENT:', (setting) => `Check the path of that file in ${setting}.`],
  ...['CERT', 'DEPTH_ZERO', 'ERR_TLS', 'SELF_SIGNED', 'UNABLE_TO'].map((code) => [code, CERTIFICATE] as const),
  ['EMFILE', () => 'This process may open no more files and connections: raise the limit (ulimit -n).'],
];

/** Returns what to do about a database that cannot be used. */
export function connectionAdvice(error: unknown, setting: AddressSetting): string {
  const { code = '', message } = toDatabaseFailure(error);
  const fits = (beginning: string) => code.startsWith(beginning) || message.startsWith(beginning);
  const [, advice] = ADVICE.find(([beginning]) => fits(beginning)) ?? [];
  return (advice ?? NETWORK)(setting);
}

/** Returns host, database and login of an address but not the password. */
export function describeAddress(url: string): string {
  const { username } = new URL(url);
  return `${hostOf(url)} as ${decodeURIComponent(username)}`;
}

/** Tells whether the address, the login or its rights are at fault, or PostgreSQL is unavailable. */
export function isOfConnection(error: unknown): boolean {
  const { code } = toDatabaseFailure(Object(error).cause ?? error);
  return toDatabaseError(error) instanceof DatabaseUnavailableError || code === '42501';
}

/**
 * Returns an error whose one line names the problem and the next step. An error of another kind is a mistake in the code or
 * in a migration and is returned unchanged.
 */
export function toSetupError(error: unknown, setting: AddressSetting, url: string): unknown {
  if (error instanceof DatabaseSetupError) return error;
  if (!isOfConnection(error)) return error;
  const { message } = toDatabaseFailure(Object(error).cause ?? error);
  return new DatabaseSetupError([
    `${setting}: ${describeAddress(url)}: ${message}. ${connectionAdvice(Object(error).cause ?? error, setting)}`,
  ]);
}
