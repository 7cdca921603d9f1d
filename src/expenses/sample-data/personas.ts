import type { Persona } from '../../emulator/persona.js';

/** The tenant that all personas belong to. Fictional, like every id here. */
export const CONTOSO = 'c0170500-0000-4000-8000-000000000001';
/** Another tenant in the same database: whoever sees one of its rows has found a hole. */
export const FABRIKAM = 'fab21ca0-0000-4000-8000-000000000002';

const READ = ['Expenses.Read'];
const READ_AND_WRITE = ['Expenses.ReadWrite'];

/** Who development, tests and documentation sign in as. */
export const personas = [
  // An employee. Reports to mia.
  user('erin', 'Erin Engel', 1, { scopes: READ_AND_WRITE }),
  // A manager.
  user('mia', 'Mia Moreau', 2, { scopes: READ_AND_WRITE, roles: ['Expenses.Approver'] }),
  // Pays. What needs a second factor asks for a second sign-in, which gives `c1`.
  user('finn', 'Finn Fischer', 3, { scopes: READ_AND_WRITE, roles: ['Expenses.Finance'], authContexts: ['c1'] }),
  // Reads everything and changes nothing.
  user('ada', 'Ada Adeyemi', 4, { scopes: READ, roles: ['Expenses.Auditor'] }),
  // A consultant whose home is another tenant. No employee.
  user('gus', 'Gus Garcia', 5, { scopes: READ, isGuest: true }),
  // A nightly job, without a user.
  {
    name: 'export-job',
    kind: 'app-only',
    tenantId: CONTOSO,
    objectId: objectIdOf(6),
    displayName: 'Nightly export',
    scopes: [],
    roles: [],
    permissions: ['Expenses.Read.All'],
    authContexts: [],
    isGuest: false,
  },
] as const satisfies readonly Persona[];

/** Name of a persona. */
export type PersonaName = (typeof personas)[number]['name'];

/**
 * The persona of this name.
 *
 * @throws TypeError when there is none
 */
export function findPersona(name: PersonaName): Persona {
  const persona = personas.find((candidate) => candidate.name === name);
  if (!persona) throw new TypeError(`No persona is called ${name}`);
  return persona;
}

function user<const Name extends string>(name: Name, displayName: string, number: number, rights: Partial<Persona>) {
  return {
    kind: 'delegated',
    tenantId: CONTOSO,
    objectId: objectIdOf(number),
    displayName,
    scopes: [],
    roles: [],
    permissions: [],
    authContexts: [],
    isGuest: false,
    ...rights,
    name,
  } as const;
}

function objectIdOf(number: number): string {
  return `0b1ec700-0000-4000-8000-${String(number).padStart(12, '0')}`;
}
