import pg from 'pg';
import { DatabaseSetupError } from './database-errors.js';
import { createScramVerifier } from './scram-verifier.js';

/** Role without a login that holds the server's rights; migrations grant to it, every run-time login is its member. */
const RUNTIME_ROLE = 'entra_graphql_runtime';

/** Creates the role that migrations grant rights to, if it is missing. */
export async function createRuntimeRole(client: pg.Client): Promise<void> {
  if (!(await roleExists(client, RUNTIME_ROLE))) await client.query(`create role ${RUNTIME_ROLE} nologin`);
}

/**
 * Creates the login of `DATABASE_URL` if it is missing and makes it a member of the run-time role. A login that exists
 * keeps its password.
 *
 * @throws DatabaseSetupError when the address names no login
 */
export async function createRuntimeLogin(client: pg.Client, runtimeUrl: string): Promise<void> {
  const { username, password } = new URL(runtimeUrl);
  const login = decodeURIComponent(username);
  if (!login)
    throw new DatabaseSetupError(['DATABASE_URL names no login: postgres://login:password@host:5432/database']);
  const name = pg.escapeIdentifier(login);
  if (!(await roleExists(client, login))) {
    await client.query(`create role ${name} login`);
    if (password) await setPassword(client, name, decodeURIComponent(password));
  }
  const { rows } = await client.query<{ member: boolean }>('select pg_has_role($1, $2, $3) as member', [
    login,
    RUNTIME_ROLE,
    'USAGE',
  ]);
  if (!rows[0]?.member) await client.query(`grant ${RUNTIME_ROLE} to ${name}`);
}

/** PostgreSQL gets what it would store, never the password: statements may end up in the server's log. */
async function setPassword(client: pg.Client, name: string, password: string): Promise<void> {
  await client.query(`alter role ${name} password ${pg.escapeLiteral(createScramVerifier(password))}`);
}

async function roleExists(client: pg.Client, name: string): Promise<boolean> {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [name]);
  return rowCount !== null && rowCount > 0;
}
