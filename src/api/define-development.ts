import { guidFrom } from '../authentication/guid.js';
import { DatabaseSetupError } from '../database/database-errors.js';
import { toDatabaseError } from '../database/driver-errors.js';
import { openConnection } from '../database/setup/open-connection.js';
import { toRowsError } from '../database/setup/sql-mistakes.js';
import type { EmulatorClient } from '../emulator/emulator-options.js';
import type { Persona } from '../emulator/persona.js';
import type { DevelopmentData } from '../served-api.js';

/** A user or an application that can sign in during development. It may come from a JSON file. */
export interface Person {
  /** Short and unique, such as `erin`. */
  readonly name: string;
  /** `user`, or `application` for one that calls for itself. Default `user`. */
  readonly kind?: string | undefined;
  readonly displayName?: string | undefined;
  /** Their work, in a sentence for the emulator's home page. */
  readonly about?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly permissions?: readonly string[] | undefined;
  /** Authentication contexts that the user can step up to, such as `c1`. */
  readonly authContexts?: readonly string[] | undefined;
  readonly isGuest?: boolean | undefined;
}

/** Data that `dev` adds for one resource. */
export interface ResourceDevelopment {
  /** Its users. A person of several resources has the rights of all of them. */
  readonly people: readonly Person[];
  /** Rows by table, inserted into tables that are empty. */
  readonly rows?: Readonly<Record<string, readonly object[]>>;
  /** Calls that `dev` prints to try. */
  readonly calls?: DevelopmentData['calls'];
  /** First documents in Apollo Sandbox, by the names of people. */
  readonly documents?: DevelopmentData['documents'];
}

/** The tenant of all personas in development. */
export const developmentTenantId = 'c0170500-0000-4000-8000-000000000001';
const API = 'a9100000-0000-4000-8000-000000000001';
const WEB_APPLICATION = 'a9100000-0000-4000-8000-000000000002';

/** Returns the object id of a person in development, for rows that belong to them. */
export function objectIdOf(name: string): string {
  return guidFrom(`development person ${name}`);
}

/** Defines what `dev` adds to the resources of an API. */
export function defineDevelopment({
  resources,
}: {
  readonly resources: readonly ResourceDevelopment[];
}): DevelopmentData {
  const personas = mergePeople(resources.flatMap(({ people }) => people)).map(toPersona);
  const rows = resources.flatMap((resource) => Object.entries(resource.rows ?? {}));
  const applications = personas.filter(({ kind }) => kind === 'app-only').map(toClient);
  return {
    emulator: {
      tenants: [{ id: developmentTenantId, name: 'Contoso' }],
      api: { clientId: API, scopes: [...new Set(personas.flatMap(({ scopes }) => scopes))] },
      clients: [
        {
          kind: 'public',
          clientId: WEB_APPLICATION,
          name: 'Web application',
          redirectUris: ['http://localhost/*', 'http://127.0.0.1/*'],
        },
        ...applications,
      ],
      personas,
    },
    seed: (ownerUrl) => seed(ownerUrl, rows),
    calls: resources.flatMap(({ calls = [] }) => calls),
    documents: Object.fromEntries(resources.flatMap(({ documents = {} }) => Object.entries(documents))),
  };
}

function mergePeople(people: readonly Person[]): readonly Person[] {
  const merged = new Map<string, Person>();
  for (const person of people) {
    const before = merged.get(person.name);
    merged.set(person.name, before ? join(before, person) : person);
  }
  return [...merged.values()];
}

function join(one: Person, other: Person): Person {
  const both = (name: 'scopes' | 'roles' | 'permissions' | 'authContexts') => [
    ...new Set([...(one[name] ?? []), ...(other[name] ?? [])]),
  ];
  return {
    ...other,
    ...one,
    scopes: both('scopes'),
    roles: both('roles'),
    permissions: both('permissions'),
    authContexts: both('authContexts'),
  };
}

function toPersona(person: Person): Persona {
  const { name, kind = 'user', displayName = name, about, isGuest = false } = person;
  if (kind !== 'user' && kind !== 'application') throw new TypeError(`${name}: kind must be "user" or "application".`);
  return {
    name,
    kind: kind === 'user' ? 'delegated' : 'app-only',
    tenantId: developmentTenantId,
    objectId: objectIdOf(name),
    displayName,
    ...(about !== undefined && { about }),
    scopes: person.scopes ?? [],
    roles: person.roles ?? [],
    permissions: person.permissions ?? [],
    authContexts: person.authContexts ?? [],
    isGuest,
  };
}

/** The secret protects nothing: every client that reaches the emulator gets any token without a secret. */
function toClient({ name, displayName }: Persona): EmulatorClient {
  return {
    kind: 'confidential',
    clientId: guidFrom(`development client ${name}`),
    name: displayName,
    secret: 'not-a-secret',
    persona: name,
  };
}

/** Inserts rows into tables that are empty, all in one transaction. */
async function seed(ownerUrl: string, tables: readonly (readonly [string, readonly object[]])[]): Promise<void> {
  if (tables.length === 0) return;
  const client = await openConnection({ connectionString: ownerUrl });
  const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
  try {
    await client.query('begin');
    for (const [name, rows] of tables) {
      const table = quoted(name);
      const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].map(quoted).join(', ');
      // The owner is bound by row-level security as well. It is lifted in this transaction only, which no other session sees.
      await client.query(`alter table ${table} no force row level security`);
      const isEmpty = (await client.query(`select from ${table} limit 1`)).rowCount === 0;
      if (isEmpty && columns !== '') {
        const insert = `insert into ${table} (${columns}) select ${columns} from json_populate_recordset(null::${table}, $1)`;
        await client.query(insert, [JSON.stringify(rows)]).catch((error: unknown) => {
          throw toRowsError(name, error);
        });
      }
      await client.query(`alter table ${table} force row level security`);
    }
    await client.query('commit');
  } catch (error) {
    throw error instanceof DatabaseSetupError ? error : toDatabaseError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}
