import pg from 'pg';
import type { DatabaseAuth } from '../connections/entra-password.js';
import { DatabaseSetupError } from '../database-errors.js';
import { createScramVerifier } from './scram-verifier.js';

/** Role without a login that holds the server's rights. Migrations grant to it and every run-time login is its member. */
export const RUNTIME_ROLE = 'entra_graphql_runtime';

/**
 * Returns the role that migrations grant rights to. This is the run-time role, which is created if it is missing. An owner
 * without CREATEROLE cannot create it. The role is then the login of `DATABASE_URL` itself if that exists.
 *
 * @throws DatabaseSetupError when the address names no login
 */
export async function chooseRuntimeRole(client: pg.Client, runtimeUrl: string): Promise<string> {
  if (await roleExists(client, RUNTIME_ROLE)) return RUNTIME_ROLE;
  const login = loginOf(runtimeUrl);
  const { rows } = await client.query<{ may: boolean }>(
    'select rolsuper or rolcreaterole as may from pg_roles where rolname = current_user',
  );
  if (!rows[0]?.may && (await roleExists(client, login))) return login;
  await client.query(`create role ${RUNTIME_ROLE} nologin`);
  return RUNTIME_ROLE;
}

/**
 * Creates the login of `DATABASE_URL` if it is missing and makes it a member of the run-time role. A login that exists
 * keeps its password. With `entra`, it has to exist.
 *
 * @throws DatabaseSetupError when the address names no login, it cannot be created, or an administrator has to make it a member
 */
export async function createRuntimeLogin(
  client: pg.Client,
  {
    runtimeUrl,
    auth,
    role,
  }: { readonly runtimeUrl: string; readonly auth?: DatabaseAuth | undefined; readonly role: string },
): Promise<void> {
  const { password } = new URL(runtimeUrl);
  const login = loginOf(runtimeUrl);
  const name = pg.escapeIdentifier(login);
  if (!(await roleExists(client, login))) {
    if (auth === 'entra') throw new DatabaseSetupError([noPrincipal(login)]);
    await client.query(`create role ${name} login`);
    if (password) await setPassword(client, name, decodeURIComponent(password));
  }
  const { rows } = await client.query<{ member: boolean }>('select pg_has_role($1, $2, $3) as member', [
    login,
    role,
    'USAGE',
  ]);
  if (!rows[0]?.member) await grantMembership(client, name, role);
}

/** Only this function of Azure binds a login to an identity, and only in that database. */
function noPrincipal(login: string): string {
  const call = `select * from pgaadauth_create_principal(${pg.escapeLiteral(login)}, false, false)`;
  return `The login ${login} of DATABASE_URL does not exist, and DATABASE_AUTH is entra. Have a Microsoft Entra administrator of the server run in the database postgres: ${call}`;
}

async function grantMembership(client: pg.Client, name: string, role: string): Promise<void> {
  const grant = `grant ${pg.escapeIdentifier(role)} to ${name}`;
  try {
    await client.query(grant);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== '42501') throw error;
    throw new DatabaseSetupError([
      `The login ${name} of DATABASE_URL is not a member of ${role}, and the login of DATABASE_MIGRATION_URL may not change that. Have an administrator of PostgreSQL run: ${grant}`,
    ]);
  }
}

/**
 * Lets the run-time role connect where that right was taken from everybody. Leaves the right to temporary tables to the
 * owner alone. A temporary table could hide a table of the same name, and the server needs none. Does nothing where the
 * client does not own the database. The start of the server finds that.
 */
export async function settleDatabaseRights(client: pg.Client, role: string): Promise<void> {
  const { rows } = await client.query<{ name: string; owns: boolean; connects: boolean }>(
    `select quote_ident(datname) as name, pg_has_role(current_user, datdba, 'USAGE') as owns,
       has_database_privilege($1, oid, 'CONNECT') as connects
     from pg_database where datname = current_database()`,
    [role],
  );
  const [database] = rows;
  if (!database?.owns) return;
  const grantee = pg.escapeIdentifier(role);
  if (!database.connects) await client.query(`grant connect on database ${database.name} to ${grantee}`);
  await client.query(`revoke temporary on database ${database.name} from public, ${grantee}`);
}

function loginOf(runtimeUrl: string): string {
  const login = decodeURIComponent(new URL(runtimeUrl).username);
  if (!login)
    throw new DatabaseSetupError(['DATABASE_URL names no login: postgres://login:password@host:5432/database']);
  return login;
}

/**
 * Sets the password by its verifier. PostgreSQL never gets the password itself because statements may end up in the
 * server's log.
 */
async function setPassword(client: pg.Client, name: string, password: string): Promise<void> {
  await client.query(`alter role ${name} password ${pg.escapeLiteral(createScramVerifier(password))}`);
}

async function roleExists(client: pg.Client, name: string): Promise<boolean> {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [name]);
  return rowCount !== null && rowCount > 0;
}
